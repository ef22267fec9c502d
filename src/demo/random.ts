/**
 * A seeded random number generator, the same on every machine: mulberry32, 32 bits of state.
 *
 * @see https://gist.github.com/tommyettinger/46a874533244883189143505d203312c (public domain)
 */
export class Random {
  #state: number

  constructor (seed: number) {
    this.#state = seed >>> 0
  }

  /** Uniform in [0, 1). */
  next (): number {
    this.#state = (this.#state + 0x6D2B79F5) >>> 0
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return ((bits ^ (bits >>> 14)) >>> 0) / 4294967296
  }

  /** Uniform in [low, high). */
  between (low: number, high: number): number {
    return low + (high - low) * this.next()
  }

  /** Whole number in 0 .. count - 1. */
  below (count: number): number {
    return Math.floor(this.next() * count)
  }

  /** Mean 0, standard deviation 1: the sum of six uniforms (Irwin-Hall), which needs no transcendental function. */
  normal (): number {
    let sum = -3
    for (let draw = 0; draw < 6; draw++) sum += this.next()
    return sum * Math.SQRT2
  }
}
