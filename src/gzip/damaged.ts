/**
 * The compressed bytes are damaged: not gzip, cut short, a wrong checksum or size, an impossible block, or more output
 * than was allowed. The error stays until the file changes.
 */
export class GzipDamaged extends Error {
  /**
   * @param what       the fault, for a person
   * @param inputByte  offset in the compressed file where the fault was noticed; its cause may lie earlier
   */
  constructor (readonly what: string, readonly inputByte: number, options?: ErrorOptions) {
    super(`${what} (at compressed byte ${inputByte})`, options)
  }
}
