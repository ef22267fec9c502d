// The whole file through Node's zlib, then the slice: what a Node service without access points does.
// Jobs and answers as in read_slices.py.
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { crc32, gunzipSync } from 'node:zlib'

interface Item { file: string, offset: number, bytes: number, crc32: number }

for await (const line of createInterface(process.stdin)) {
  const { slices = [] } = JSON.parse(line) as { slices?: Item[] }
  const ms: number[] = []
  const problems: string[] = []
  for (const item of slices) {
    const begin = performance.now()
    const slice = gunzipSync(readFileSync(item.file)).subarray(item.offset, item.offset + item.bytes)
    ms.push(performance.now() - begin)
    if (crc32(slice) !== item.crc32) problems.push('other bytes than expected')
  }
  process.stdout.write(`${JSON.stringify({ ms, problems })}\n`)
}
