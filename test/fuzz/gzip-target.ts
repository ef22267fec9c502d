import assert from 'node:assert/strict'
import { constants, gunzipSync } from 'node:zlib'
import type { AccessPoint } from '../../src/gzip/access-points.js'
import { GzipDamaged } from '../../src/gzip/damaged.js'
import { inflateLong } from '../../src/gzip/inflate-long.js'
import { ALIGN_ROOM, inflateFrom } from '../../src/gzip/inflate-range.js'
import { contentOf, member, walk } from '../gzip/gzip-streams.js'
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
  check: async (input) => {
    const walked = unlessDamaged(() => walk(input, { maxOutput: 4 * 2 ** 20 }))
    if (walked !== undefined) {
      const { content, points, trailingBytes } = walked
      assert.ok(content.equals(gunzipSync(input.subarray(0, input.length - trailingBytes))))
      for (const point of [points[0]!, points[points.length >> 1]!, points.at(-1)!]) {
        const length = Math.min(3000, content.length - point.outOffset)
        const expected = content.subarray(point.outOffset, point.outOffset + length)
        assert.ok(expected.equals(rangeOf(input, point, length)))
        assert.ok(expected.equals(await longRangeOf(input, point, length)))
      }
      return
    }
    const { points, content } = SOUND[input.length % SOUND.length]!
    const point = points[(input[0] ?? 0) % points.length]!
    const length = Math.min(2000, content.length - point.outOffset)
    const range = unlessDamaged(() => rangeOf(input, point, length))
    if (range !== undefined) assert.equal(range.length, length)
    try {
      assert.equal((await longRangeOf(input, point, length)).length, length)
    } catch (error) {
      if (!(error instanceof GzipDamaged)) throw error
    }
  }
}

function rangeOf (file: Buffer, point: AccessPoint, length: number): Uint8Array {
  const span = Buffer.concat([Buffer.alloc(ALIGN_ROOM), file.subarray(point.inOffset)])
  return inflateFrom(span, ALIGN_ROOM, span.length, point, 0, length)
}

async function longRangeOf (file: Buffer, point: AccessPoint, length: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  await inflateLong((inOffset, into) => inOffset >= file.length ? 0 : file.copy(into, 0, inOffset, inOffset + into.length), point, 0, length, (chunk) => { chunks.push(chunk) })
  return Buffer.concat(chunks)
}

function unlessDamaged<Result> (work: () => Result): Result | undefined {
  try {
    return work()
  } catch (error) {
    if (error instanceof GzipDamaged) return undefined
    throw error
  }
}
