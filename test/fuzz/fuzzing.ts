import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'

/** For all targets together. */
const SECONDS = Number(process.env['FUZZ_SECONDS'] ?? 60)
/** The same seed makes the same inputs, as many of them as there is time for. */
const SEED = Number(process.env['FUZZ_SEED'] ?? 1)
const REGRESSIONS = 'test/fuzz/regressions'

/** Something that takes bytes from outside, and what must hold whatever they are. */
export interface Target {
  name: string
  /** of the time there is */
  share: number
  /** the next input */
  make: (random: Random) => Buffer
  /** throws when the input brought out something that must not be */
  check: (input: Buffer) => void | Promise<void>
}

/** Mulberry32: small, quick, the same everywhere. */
export class Random {
  constructor (private state: number) {}

  /** 0 … 1 */
  next (): number {
    this.state = (this.state + 0x6D2B79F5) | 0
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }

  /** 0 … below - 1 */
  below (below: number): number {
    return Math.floor(this.next() * below)
  }

  pick<Item> (items: readonly Item[]): Item {
    return items[this.below(items.length)]!
  }
}

/** Numbers at the edges of the types that files hold. */
const EDGES = [0, 1, -1, 2, 7, 8, 127, 128, 255, 256, 348, 352, 540, 544, 32767, 32768, 65535, 65536, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, NaN, Infinity, -Infinity, 1e-45, 1e38, 352.5]

/** One of the seeds, hurt in one to six places. */
export function mutated (random: Random, seeds: readonly Buffer[]): Buffer {
  let bytes: Buffer = Buffer.from(random.pick(seeds))
  for (let left = 1 + random.below(6); left > 0; left--) bytes = mutateOnce(random, bytes, seeds)
  return bytes
}

function mutateOnce (random: Random, bytes: Buffer, seeds: readonly Buffer[]): Buffer {
  const at = random.below(bytes.length + 1)
  const length = random.below(1 + Math.min(64, bytes.length - at))
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)]
  switch (random.below(9)) {
    case 0: if (at < bytes.length) bytes[at]! ^= 1 << random.below(8); return bytes
    case 1: if (at < bytes.length) bytes[at] = random.below(256); return bytes
    case 2: return before
    case 3: return Buffer.concat([before, bytes.subarray(at + length)])
    case 4: return Buffer.concat([before, bytes.subarray(at, at + length), after])
    case 5: return Buffer.concat([before, Buffer.from(Array.from({ length }, () => random.below(256))), after])
    case 6: return Buffer.concat([before, random.pick(seeds).subarray(random.below(200))])
    default: return withNumber(random, bytes, at & ~1)
  }
}

function withNumber (random: Random, bytes: Buffer, at: number): Buffer {
  const [value, littleEndian, type] = [random.pick(EDGES), random.below(4) > 0, random.below(4)]
  if (at + 8 > bytes.length) return bytes
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (type === 0) view.setInt16(at, value, littleEndian)
  else if (type === 1) view.setInt32(at, value, littleEndian)
  else if (type === 2) view.setFloat32(at, value, littleEndian)
  else view.setFloat64(at, value, littleEndian)
  return bytes
}

/** Replay what once went wrong, then try new inputs for this target's share of the time; what goes wrong is kept. */
export function fuzz (target: Target): void {
  const { name, share, make, check } = target
  describe(`fuzzing ${name} (seed ${SEED})`, () => {
    replay(target)

    it(`holds for ${Math.round(SECONDS * share)} s`, async () => {
      const random = new Random(SEED)
      const until = performance.now() + SECONDS * share * 1000
      let executions = 0
      for (; performance.now() < until; executions++) {
        const input = make(random)
        try {
          await check(input)
        } catch (error) {
          const kept = keep(name, input)
          throw new Error(`execution ${executions} of seed ${SEED}, kept as ${kept}: ${(error as Error).message}`, { cause: error })
        }
        // A check that never waits would keep the loop from everything else, the reporter included.
        if (executions % 256 === 0) await new Promise((resolve) => setImmediate(resolve))
      }
      console.log(`${name}: ${executions} executions, seed ${SEED}`)
    })
  })
}

/** Every input that once went wrong, in `regressions/<target>/`. */
export function replay ({ name, check }: Target): void {
  const folder = join(REGRESSIONS, name)
  for (const file of existsSync(folder) ? readdirSync(folder).sort() : []) {
    it(`holds for ${name}/${file}, where it once did not`, async () => await check(readFileSync(join(folder, file))))
  }
}

function keep (name: string, input: Buffer): string {
  const folder = join(REGRESSIONS, name)
  mkdirSync(folder, { recursive: true })
  const file = join(folder, createHash('sha256').update(input).digest('hex').slice(0, 12))
  writeFileSync(file, input)
  return file
}
