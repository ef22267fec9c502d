/** The longest decimal string (VR DS) that DICOM PS3.5, 6.2 allows, in bytes. */
const LONGEST = 16

/**
 * A number as DICOM's decimal string: as it is where that fits in 16 bytes, else with as many digits as do.
 * Of a length in mm below 1000 that keeps 10 decimals or more.
 */
export function decimalString (value: number): string {
  for (let digits = 17; digits > 1; digits--) {
    const rounded = Number(value.toPrecision(digits)) + 0 // + 0: there is no -0 mm
    const text = [String(rounded), rounded.toExponential()].find((text) => text.length <= LONGEST)
    if (text !== undefined) return text
  }
  return value.toExponential(0)
}

/** The number that a reader of the decimal string gets: what DICOM JSON says, so that both say the same. */
export function asDecimalString (value: number): number {
  return Number(decimalString(value))
}
