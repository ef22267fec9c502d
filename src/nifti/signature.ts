import { VolumeUnreadable } from '../errors.js'

/** Which of the two standards a header follows, and the byte order of its numbers. */
export interface Signature { version: 1 | 2, littleEndian: boolean }

/** Bytes of the header proper, by version (`sizeof_hdr`). Four bytes of extension flags follow. */
export const SIZEOF_HDR = { 1: 348, 2: 540 } as const

/** The earliest possible offset of a single file's voxels: after header and extension flags. */
export const FIRST_VOX_OFFSET = { 1: 352, 2: 544 } as const

/** Bytes that a file transfer in text mode would change: "\r\n", Ctrl-Z, "\n". */
const EOL_CHECK = '\r\n\x1a\n'

const latin1 = (bytes: Uint8Array) => String.fromCharCode(...bytes)

/**
 * Recognise a single-file NIfTI by its first bytes: `sizeof_hdr`, which gives version and byte order, and `magic`.
 * As in nibabel, a NIfTI-2 whose end-of-line check is all zero is accepted.
 *
 * @param start  the uncompressed file from its first byte
 * @throws VolumeUnreadable  when it is shorter than its header, not a NIfTI, a .hdr/.img pair, or damaged in transfer
 * @see nifti1.h (magic), nifti2.h (magic)
 */
export function readSignature (start: Uint8Array): Signature {
  if (start.length < 4) throw new VolumeUnreadable(`The file has ${start.length} bytes, which is too short for a NIfTI header.`)
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength)
  for (const version of [1, 2] as const) {
    for (const littleEndian of [true, false]) {
      if (view.getInt32(0, littleEndian) !== SIZEOF_HDR[version]) continue
      if (start.length < SIZEOF_HDR[version]) {
        throw new VolumeUnreadable(`The file ends after ${start.length} bytes, inside its ${SIZEOF_HDR[version]}-byte header.`)
      }
      checkMagic(version, latin1(version === 1 ? start.subarray(344, 348) : start.subarray(4, 12)))
      return { version, littleEndian }
    }
  }
  throw new VolumeUnreadable(`The header's sizeof_hdr is ${view.getInt32(0, true)}, neither 348 (NIfTI-1) nor 540 (NIfTI-2).`)
}

function checkMagic (version: 1 | 2, magic: string): void {
  const name = magic.slice(0, 4)
  if (name === `ni${version}\0`) {
    throw new VolumeUnreadable(`The header's magic is "ni${version}": the voxels are in a separate .img file; only single files ("n+${version}") are served.`)
  }
  if (name !== `n+${version}\0`) {
    const kind = version === 1 ? ', as in Analyze 7.5, which does not say how the volume lies in the body' : ''
    throw new VolumeUnreadable(`The header's magic is ${JSON.stringify(name.replace(/\0+$/, ''))}, not "n+${version}"${kind}.`)
  }
  if (version === 2 && magic.slice(4) !== EOL_CHECK && magic.slice(4) !== '\0\0\0\0') {
    throw new VolumeUnreadable('The header\'s magic does not end in "\\r\\n\\x1a\\n": a transfer in text mode has changed the file.')
  }
}
