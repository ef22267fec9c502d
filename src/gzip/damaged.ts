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

// The codes of zlib for damaged bytes (zlib.h), and of Node for output past `maxOutputLength`.
const DAMAGE_CODES = new Set(['Z_DATA_ERROR', 'Z_BUF_ERROR', 'Z_NEED_DICT', 'ERR_BUFFER_TOO_LARGE'])

/** Turns an error of node:zlib into GzipDamaged if the bytes are to blame; returns any other error as it is. */
export function asDamage (cause: unknown, inputByte: number): unknown {
  const { code, message } = cause as NodeJS.ErrnoException
  return DAMAGE_CODES.has(code ?? '') ? new GzipDamaged(message, inputByte, { cause }) : cause
}
