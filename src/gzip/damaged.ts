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

// What zlib says of bytes that do not hold (zlib.h), and Node of output past `maxOutputLength`.
const DAMAGE_CODES = new Set(['Z_DATA_ERROR', 'Z_BUF_ERROR', 'Z_NEED_DICT', 'ERR_BUFFER_TOO_LARGE'])

/** An error of node:zlib in our words, if the bytes are to blame for it; any other error as it is. */
export function asDamage (cause: unknown, inputByte: number): unknown {
  const { code, message } = cause as NodeJS.ErrnoException
  return DAMAGE_CODES.has(code ?? '') ? new GzipDamaged(message, inputByte, { cause }) : cause
}
