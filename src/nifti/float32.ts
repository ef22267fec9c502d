/**
 * The shortest decimal number that is still the same float32. A header's 0.703 is kept as a float32 and would be printed
 * as 0.7030000090599060; nobody wrote those digits.
 *
 * @returns `value` itself where it is whole, or no float32
 */
export function shortFloat32 (value: number): number {
  if (!Number.isFinite(value) || Number.isInteger(value) || Math.fround(value) !== value) return value
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value) return short
  }
  return Number(value.toPrecision(9)) // nine digits name every float32 (IEEE 754)
}
