/** Terms after which neither expansion below changes a double. */
const MAX_TERMS = 500

/**
 * The probability that a standard normal variable is at least |z| away from 0: 2 (1 − Φ(|z|)), to about 14 digits.
 *
 * @see Abramowitz and Stegun 26.2.11 (the series), 26.2.14 (the continued fraction of the tail)
 */
export function twoSidedP (z: number): number {
  const x = Math.abs(z)
  if (!(x < 40)) return Number.isNaN(x) ? NaN : 0
  const density = Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI)
  if (x < 2.5) {
    let term = x
    let sum = x
    for (let n = 1; n < MAX_TERMS && term > sum * 1e-17; n++) {
      term *= x * x / (2 * n + 1)
      sum += term
    }
    return 1 - 2 * density * sum
  }
  let fraction = x
  for (let n = MAX_TERMS; n > 0; n--) fraction = x + n / fraction
  return 2 * density / fraction
}
