import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { extract } from 'tar-stream'
import { tarEnd, tarHeader, tarPadding } from '../../src/training/ustar.js'

async function readBack (name: string, bytes: Buffer): Promise<{ name: string, bytes: Buffer }> {
  const reader = extract()
  reader.end(Buffer.concat([tarHeader(name, bytes.length), bytes, tarPadding(bytes.length), tarEnd()]))
  const files: { name: string, bytes: Buffer }[] = []
  for await (const entry of reader) {
    const chunks: Buffer[] = []
    for await (const chunk of entry) chunks.push(chunk as Buffer)
    files.push({ name: entry.header.name, bytes: Buffer.concat(chunks) })
  }
  assert.equal(files.length, 1)
  return files[0]!
}

describe('a tar, read by tar-stream', () => {
  for (const length of [1, 99, 100, 101, 255, 980, 1000]) {
    it(`keeps a name of ${length} bytes`, async () => {
      const name = 'n'.repeat(length)
      assert.deepEqual(await readBack(name, Buffer.from('content')), { name, bytes: Buffer.from('content') })
    })
  }

  for (const size of [0, 1, 511, 512, 513]) {
    it(`keeps ${size} bytes, in whole blocks`, async () => {
      const bytes = Buffer.alloc(size, 'x')
      assert.deepEqual((await readBack('file', bytes)).bytes, bytes)
      assert.equal((size + tarPadding(size).length) % 512, 0)
    })
  }
})
