import { isGzipped } from '../gzip/file-name.js'
import { inflateRange, startPoint } from '../gzip/inflate-range.js'
import { memberFileName } from '../gzip/member.js'
import { parseHeader } from '../nifti/header.js'
import { identifyingTexts } from '../nifti/identifying-text.js'
import type { TextFinding } from '../nifti/identifying-text.js'
import type { Source } from '../storage/object-store.js'

/** Bytes of a gzip header that are looked at for a file name. */
const GZIP_HEADER_BYTES = 8_192

/**
 * Texts in front of the voxels, and in the gzip header, that may identify a person or a moment. Reads the first bytes only.
 *
 * @param source     open, of a sound file; not closed
 * @param voxOffset  where the voxels begin in the uncompressed file
 */
export function headTexts (source: Source, key: string, voxOffset: number): TextFinding[] {
  const begin = new Uint8Array(Math.max(GZIP_HEADER_BYTES, isGzipped(key) ? 0 : voxOffset))
  const first = begin.subarray(0, source.readAt(0, begin))
  const head = isGzipped(key) ? inflated(source, voxOffset) : first.subarray(0, voxOffset)
  const header = parseHeader(head)
  return identifyingTexts(header, head.subarray(header.sizeof_hdr), isGzipped(key) ? memberFileName(first) : null)
}

function inflated (source: Source, length: number): Uint8Array {
  const head = new Uint8Array(length)
  let filled = 0
  const read = (position: number, into: Uint8Array) => source.readAt(position, into)
  inflateRange(read, startPoint(read), 0, length, (chunk) => {
    head.set(chunk, filled)
    filled += chunk.length
  })
  return head
}
