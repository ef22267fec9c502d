/** Bytes of a multipart answer around its parts (RFC 2387 and 2046): before each part, and at the end. */
export interface Multipart {
  /** the answer's media type */
  contentType: string
  /** before the n-th part, from 0 */
  before: (part: number) => Uint8Array
  end: Uint8Array
}

/**
 * A `multipart/related` answer whose parts have one type.
 *
 * @param partType  media type of every part, as the answer's `type` names it
 * @param parameter a further parameter of each part's type, such as its transfer syntax
 * @param name      becomes the boundary: a UID that hashes the content, so that nobody can put it into the content on purpose
 */
export function multipart (partType: string, parameter: string, name: string): Multipart {
  const boundary = `niiserve-${name}`
  // Clients search for `Content-Type:` with exactly this spelling and case.
  const head = `--${boundary}\r\nContent-Type: ${partType}; ${parameter}\r\n\r\n`
  return {
    contentType: `multipart/related; type="${partType}"; boundary=${boundary}`,
    before: (part) => Buffer.from(part === 0 ? head : `\r\n${head}`),
    end: Buffer.from(`\r\n--${boundary}--\r\n`)
  }
}
