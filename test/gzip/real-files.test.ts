import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { PointPicker, unpackHistory, type PackedPoint } from '../../src/gzip/access-points.js'
import { GzipWalker } from '../../src/gzip/gzip-walker.js'
import { ALIGN_ROOM, inflateFrom } from '../../src/gzip/inflate-range.js'
import { inflateLong, startPoint } from '../../src/gzip/inflate-long.js'

const SLAB = 100_000

for (const folder of ['../shared/mosmed/masks', '../shared/samples']) {
  const present = existsSync(folder)
  describe(`the files of ${folder}`, { skip: !present && `${folder} is absent` }, () => {
    const all = present ? readdirSync(folder).filter((name) => name.endsWith('.gz')) : []
    // The masks are alike, and test/mosmed.test.ts reads every slice of each: here every sixth.
    const names = folder.endsWith('masks') ? all.filter((_, n) => n % 6 === 0) : all
    for (const name of names) {
      it(`${name}: every slab of 100 kB is what gunzip gives`, async () => {
        const file = readFileSync(join(folder, name))
        const content = gunzipSync(file)
        const starts = Array.from({ length: Math.ceil(content.length / SLAB) }, (_, n) => n * SLAB)
        const stops = starts.map((start) => Math.min(start + SLAB, content.length))

        const picker = new PointPicker(starts, { spacing: 0 })
        const walker = new GzipWalker({ output () {}, boundary: (at, history) => picker.boundary(at, history) }, { stops, maxOutput: 2 ** 31 })
        walker.push(file)
        const { stopInOffsets, bytesOut, trailingBytes } = walker.end()
        assert.deepEqual([bytesOut, trailingBytes], [content.length, 0])

        const points = picker.finish(file.length)
        starts.forEach((start, n) => {
          const point = points.findLast(({ outOffset }) => outOffset <= start)
          if (point === undefined) return
          assert.ok(slab(file, point, stopInOffsets[n]!, start, stops[n]!).equals(content.subarray(start, stops[n])))
        })
        const whole: Uint8Array[] = []
        const read = (at: number, into: Uint8Array): number => file.copy(into, 0, at, Math.min(at + into.length, file.length))
        await inflateLong(read, startPoint(read), 0, content.length, (chunk) => { whole.push(chunk) })
        assert.ok(Buffer.concat(whole).equals(content))
      })
    }
  })
}

function slab (file: Buffer, point: PackedPoint, end: number, from: number, to: number): Buffer {
  const span = Buffer.concat([Buffer.alloc(ALIGN_ROOM), file.subarray(point.inOffset, end)])
  return Buffer.from(inflateFrom(span, ALIGN_ROOM, span.length, { ...point, history: unpackHistory(point.history) }, from - point.outOffset, to - from))
}
