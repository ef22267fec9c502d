/** The variable fields of a demo file's header; the others are fixed. */
export interface NiftiFileFacts {
  shape: readonly [columns: number, rows: number, slices: number]
  /** mm */
  spacing: readonly [number, number, number]
  /** RAS+ mm of voxel (0, 0, 0) */
  origin: readonly [number, number, number]
  /** at most 79 characters of ASCII */
  description?: string
}

const VOXELS_AT = 352

/**
 * A complete NIfTI-1 file (`n+1`, little-endian, int16) like the masks of MosMedData: qfac -1 and an sform of
 * diag(-dx, dy, dz), so the axes run to the patient's Left, Anterior, Superior; both codes 1 (scanner).
 *
 * @param voxels  columns * rows * slices values, i fastest
 * @throws RangeError when the number of voxels does not match the shape
 * @see nifti1.h, section "NIFTI-1 header"; the offsets below are those of its fields
 */
export function niftiFile ({ shape, spacing, origin, description = '' }: NiftiFileFacts, voxels: Int16Array | Uint8Array): Uint8Array {
  const [columns, rows, slices] = shape
  const [dx, dy, dz] = spacing
  if (voxels.length !== columns * rows * slices) throw new RangeError(`${voxels.length} voxels do not fill ${shape.join(' x ')}`)
  const file = new Uint8Array(VOXELS_AT + voxels.length * 2)
  const header = new DataView(file.buffer)
  const ascii = (at: number, text: string) => { for (let n = 0; n < text.length; n++) file[at + n] = text.charCodeAt(n) }
  const floats = (at: number, values: readonly number[]) => values.forEach((value, n) => header.setFloat32(at + 4 * n, value, true))
  const shorts = (at: number, values: readonly number[]) => values.forEach((value, n) => header.setInt16(at + 2 * n, value, true))
  header.setInt32(0, 348, true) // sizeof_hdr
  ascii(38, 'r') // regular
  shorts(40, [3, columns, rows, slices, 1, 1, 1, 1]) // dim
  shorts(70, [4, 16]) // datatype DT_INT16, bitpix
  floats(76, [-1, dx, dy, dz, 0, 0, 0, 0]) // pixdim, qfac first
  floats(108, [VOXELS_AT, 1, 0]) // vox_offset, scl_slope, scl_inter
  file[123] = 2 | 8 // xyzt_units: mm, seconds
  ascii(148, description.slice(0, 79)) // descrip
  shorts(252, [1, 1]) // qform_code, sform_code
  floats(256, [0, 1, 0, ...origin]) // quatern_b, c, d: half a turn about y; qoffset
  floats(280, [-dx, 0, 0, origin[0], 0, dy, 0, origin[1], 0, 0, dz, origin[2]]) // srow_x, y, z
  ascii(344, 'n+1')
  writeLittleEndian(file, voxels)
  return file
}

function writeLittleEndian (file: Uint8Array, voxels: Int16Array | Uint8Array): void {
  const stored = new Int16Array(file.buffer, VOXELS_AT, voxels.length)
  stored.set(voxels)
  const bigEndianMachine = new Uint8Array(new Uint16Array([1]).buffer)[0] === 0
  if (bigEndianMachine) Buffer.from(file.buffer, VOXELS_AT).swap16()
}
