/**
 * Convert big-endian voxels to little-endian ones, in place. Answers are little-endian, and so is every machine that Node
 * is released for.
 */
export function swapInPlace (bytes: Uint8Array, bytesPerVoxel: 1 | 2 | 4 | 8): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytesPerVoxel === 2) buffer.swap16()
  else if (bytesPerVoxel === 4) buffer.swap32()
  else if (bytesPerVoxel === 8) buffer.swap64()
}
