/** Digits of 16 bits: four passes sort 64-bit keys, two 32-bit keys. */
const DIGIT_BITS = 16
const DIGITS = 1 << DIGIT_BITS

/**
 * The places of numbers, ascending; equal numbers stay in their order. A radix sort of the bits: ten times faster than a
 * comparison sort of a hundred thousand.
 *
 * @param values without NaN
 */
export function orderOfNumbers (values: Float64Array): Uint32Array {
  const high = new Uint32Array(values.length)
  const low = new Uint32Array(values.length)
  const number = new Float64Array(1)
  const bits = new Uint32Array(number.buffer)
  for (let n = 0; n < values.length; n++) {
    number[0] = values[n]! + 0 // -0 becomes 0
    // As unsigned integers, the bits of positive numbers ascend and those of negative ones descend (IEEE 754).
    const isNegative = (bits[1]! & 0x80000000) !== 0
    high[n] = isNegative ? ~bits[1]! : bits[1]! | 0x80000000
    low[n] = isNegative ? ~bits[0]! : bits[0]!
  }
  return orderOfKeys([low, high])
}

/**
 * The places of keys, ascending; equal keys stay in their order.
 *
 * @param words of each key, the least significant first
 */
export function orderOfKeys (words: readonly Uint32Array[]): Uint32Array {
  const count = words[0]!.length
  let order = Uint32Array.from({ length: count }, (_, n) => n)
  let next = new Uint32Array(count)
  const starts = new Uint32Array(DIGITS)
  for (const word of words) {
    for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
      starts.fill(0)
      for (let n = 0; n < count; n++) starts[word[n]! >>> shift & DIGITS - 1]!++
      // All keys have the same digit: nothing moves.
      if (count > 0 && starts[word[0]! >>> shift & DIGITS - 1] === count) continue
      let sum = 0
      for (let digit = 0; digit < DIGITS; digit++) {
        const size = starts[digit]!
        starts[digit] = sum
        sum += size
      }
      for (let n = 0; n < count; n++) {
        const place = order[n]!
        next[starts[word[place]! >>> shift & DIGITS - 1]!++] = place
      }
      ;[order, next] = [next, order]
    }
  }
  return order
}
