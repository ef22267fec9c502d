/** In bytes: the longest decimal string (VR DS) that DICOM PS3.5, 6.2 allows. */
const LONGEST = 16

/**
 * A number as DICOM's decimal string: exact if it fits in 16 bytes, else with as many digits as fit. Lengths below
 * 1000 mm keep 10 decimals or more.
 */
export function decimalString (value: number): string {
  for (let digits = 17; digits > 1; digits--) {
    const rounded = Number(value.toPrecision(digits)) + 0 // + 0 turns -0 into 0
    const text = [String(rounded), rounded.toExponential()].find((text) => text.length <= LONGEST)
    if (text !== undefined) return text
  }
  return value.toExponential(0)
}

/** The number that a reader of the decimal string gets; DICOM JSON uses it, so that both forms agree. */
export function asDecimalString (value: number): number {
  return Number(decimalString(value))
}
