/**
 * The compressed bytes do not hold: not gzip, cut short, a wrong checksum or size, an impossible block,
 * or more output than was allowed. Permanent until the file changes.
 */
export class GzipDamaged extends Error {
  /**
   * @param what       the fault, for a person
   * @param inputByte  offset in the compressed file at which it was noticed, which may lie after its cause
   */
  constructor (readonly what: string, readonly inputByte: number, options?: ErrorOptions) {
    super(`${what} (at compressed byte ${inputByte})`, options)
  }
}
