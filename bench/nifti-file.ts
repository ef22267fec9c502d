/** Bytes before the voxels of a single-file NIfTI-1: the header and its empty extension flag. */
export const VOXEL_OFFSET = 352

/**
 * A NIfTI-1 file of int16 voxels as MosMedData has them: 0.8 x 0.8 x 8 mm, sform, stored `LAS`.
 *
 * @see nifti1.h, struct nifti_1_header: the offsets below are its fields'
 */
export function niftiFile (shape: readonly [number, number, number], voxels: Int16Array): Buffer {
  const spacing = [0.8, 0.8, 8] as const
  const header = Buffer.alloc(VOXEL_OFFSET)
  header.writeInt32LE(348, 0) // sizeof_hdr
  ;[3, ...shape, 1, 1, 1, 1].forEach((size, axis) => header.writeInt16LE(size, 40 + 2 * axis)) // dim
  header.writeInt16LE(4, 70) // datatype: int16
  header.writeInt16LE(16, 72) // bitpix
  ;[-1, ...spacing].forEach((size, axis) => header.writeFloatLE(size, 76 + 4 * axis)) // pixdim
  header.writeFloatLE(VOXEL_OFFSET, 108) // vox_offset
  header.writeFloatLE(1, 112) // scl_slope
  header.writeUInt8(2, 123) // xyzt_units: mm
  header.writeInt16LE(1, 254) // sform_code
  const srow = [[-spacing[0], 0, 0, 204], [0, spacing[1], 0, -204], [0, 0, spacing[2], -160]]
  srow.flat().forEach((value, place) => header.writeFloatLE(value, 280 + 4 * place)) // srow_x, srow_y, srow_z
  header.write('n+1\0', 344, 'latin1')
  return Buffer.concat([header, Buffer.from(voxels.buffer, voxels.byteOffset, voxels.byteLength)])
}
