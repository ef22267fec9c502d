import assert from 'node:assert/strict'
import { constants, gunzipSync } from 'node:zlib'
import { GzipDamaged } from '../../src/gzip/damaged.js'
import { contentOf, member, rangeOf, readerOf, walk } from '../gzip/gzip-streams.js'
import { mutated } from './fuzzing.js'
import type { Target } from './fuzzing.js'

const SEEDS = [
  member(contentOf('ct', 60_000, 1), { memLevel: 1 }),
  member(contentOf('text', 9_000, 2), { strategy: constants.Z_FIXED }),
  member(contentOf('noise', 5_000, 3), { level: 0 }),
  Buffer.concat([member(contentOf('runs', 20_000, 4)), member(Buffer.alloc(0)), member(contentOf('ct', 20_000, 5), { memLevel: 2 })])
]
/** What the sound files are: a mutated one is also read by the points of the file that it was. */
const SOUND = SEEDS.map((file) => walk(file))

/** Whatever a file has become, it inflates to what zlib says, or is damaged; from any point, to the length asked for. */
export const gzipTarget: Target = {
  name: 'gzip',
  share: 0.3,
  make: (random) => mutated(random, SEEDS),
  check: (input) => {
    const walked = unlessDamaged(() => walk(input, { maxOutput: 4 * 2 ** 20 }))
    if (walked !== undefined) {
      const { content, points, trailingBytes } = walked
      assert.ok(content.equals(gunzipSync(input.subarray(0, input.length - trailingBytes))))
      for (const point of [points[0]!, points[points.length >> 1]!, points.at(-1)!]) {
        const length = Math.min(3000, content.length - point.outOffset)
        const expected = content.subarray(point.outOffset, point.outOffset + length)
        assert.ok(expected.equals(rangeOf(readerOf(input), point, 0, length)))
      }
      return
    }
    const { points, content } = SOUND[input.length % SOUND.length]!
    const point = points[(input[0] ?? 0) % points.length]!
    const length = Math.min(2000, content.length - point.outOffset)
    const range = unlessDamaged(() => rangeOf(readerOf(input), point, 0, length))
    if (range !== undefined) assert.equal(range.length, length)
  }
}

function unlessDamaged<Result> (work: () => Result): Result | undefined {
  try {
    return work()
  } catch (error) {
    if (error instanceof GzipDamaged) return undefined
    throw error
  }
}
