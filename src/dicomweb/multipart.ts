/** Bytes of a multipart answer around its parts (RFC 2387 and 2046): what stands before each, and at the end. */
export interface Multipart {
  /** the answer's media type */
  contentType: string
  /** before the n-th part, from 0 */
  before: (part: number) => Uint8Array
  end: Uint8Array
}

/**
 * A `multipart/related` answer of parts of one type.
 *
 * @param partType  media type of every part, as the answer's `type` names it
 * @param parameter what is said of each part besides, such as its transfer syntax
 * @param name      becomes the boundary: a UID that is a hash of what is sent, which the bytes cannot hold by intent
 */
export function multipart (partType: string, parameter: string, name: string): Multipart {
  const boundary = `niiserve-${name}`
  // Clients look for `Content-Type:` in exactly these letters.
  const head = `--${boundary}\r\nContent-Type: ${partType}; ${parameter}\r\n\r\n`
  return {
    contentType: `multipart/related; type="${partType}"; boundary=${boundary}`,
    before: (part) => Buffer.from(part === 0 ? head : `\r\n${head}`),
    end: Buffer.from(`\r\n--${boundary}--\r\n`)
  }
}
