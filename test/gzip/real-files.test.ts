import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { PointPicker, unpackHistory, type PackedPoint } from '../../src/gzip/access-points.js'
import { GzipWalker } from '../../src/gzip/gzip-walker.js'
import { startPoint } from '../../src/gzip/inflate-range.js'
import { rangeOf, readerOf } from './gzip-streams.js'

const SLAB = 100_000

for (const folder of ['../shared/mosmed/masks', '../shared/samples']) {
  const present = existsSync(folder)
  describe(`the files of ${folder}`, { skip: !present && `${folder} is absent` }, () => {
    const all = present ? readdirSync(folder).filter((name) => name.endsWith('.gz')) : []
    // The masks are alike, and test/mosmed.test.ts reads every slice of each: here every sixth.
    const names = folder.endsWith('masks') ? all.filter((_, n) => n % 6 === 0) : all
    for (const name of names) {
      it(`${name}: every slab of 100 kB is what gunzip gives`, () => {
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
        const read = readerOf(file)
        assert.ok(rangeOf(read, startPoint(read), 0, content.length).equals(content))
      })
    }
  })
}

function slab (file: Buffer, point: PackedPoint, end: number, from: number, to: number): Buffer {
  return rangeOf(readerOf(file), { ...point, history: unpackHistory(point.history) }, from - point.outOffset, to - from, end)
}
