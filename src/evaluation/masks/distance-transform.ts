/**
 * Extends squared distances by movement along one line: f(p) becomes the minimum over q of f(q) + ((p − q) · spacing)²,
 * computed exactly by the lower envelope of these parabolas. Infinity means no surface.
 *
 * @see Felzenszwalb and Huttenlocher 2012, Theory of Computing 8:415, with a spacing
 */
export class LineTransform {
  /** The input of `apply`: the initial squared distances. */
  readonly line: Float64Array
  private readonly place: Int32Array // position of each parabola in the envelope
  private readonly height: Float64Array
  private readonly from: Float64Array // where, in steps, each parabola becomes the lowest
  private readonly slope: Float64Array // by the steps between two parabolas: crossing shift per height difference

  /** @param spacing mm per step */
  constructor (length: number, private readonly spacing: number) {
    this.line = new Float64Array(length)
    this.place = new Int32Array(length)
    this.height = new Float64Array(length)
    this.from = new Float64Array(length)
    this.slope = Float64Array.from({ length }, (_, apart) => 1 / (2 * spacing * spacing * apart))
  }

  /** Computes the ascending places `wanted` and writes them `into` at `start + place * stride`; infinity without a surface. */
  apply (wanted: ArrayLike<number>, count: number, into: Float64Array, start: number, stride: number): void {
    const last = this.envelope()
    const { place, height, from, spacing } = this
    for (let n = 0, of = 0; n < count; n++) {
      const p = wanted[n]!
      if (last < 0) {
        into[start + p * stride] = Infinity
        continue
      }
      while (of < last && from[of + 1]! < p) of++
      const mm = (p - place[of]!) * spacing
      into[start + p * stride] = height[of]! + mm * mm
    }
  }

  /** @returns the last parabola of the envelope; -1 where there is none */
  private envelope (): number {
    const { line, place, height, from, slope } = this
    let last = -1
    for (let q = 0; q < line.length; q++) {
      const f = line[q]!
      if (f === Infinity) continue
      let start = -Infinity
      for (; last >= 0; last--) {
        const p = place[last]!
        start = (f - height[last]!) * slope[q - p]! + (q + p) / 2
        if (start > from[last]!) break
        start = -Infinity
      }
      last++
      place[last] = q
      height[last] = f
      from[last] = start
    }
    return last
  }
}
