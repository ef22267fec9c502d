import type { Voxels } from './grey-tables.js'
import type { Slice } from './planes.js'

/**
 * The voxels of a slice, row by row.
 *
 * @param volume all voxels, i fastest
 * @returns      rows * columns values, always a copy
 */
export function gather<Values extends Voxels> (volume: Values, { rows, columns, base, rowStride, columnStride }: Slice): Values {
  const values = new (volume.constructor as new (length: number) => Values)(rows * columns)
  if (columnStride === 1) {
    for (let r = 0; r < rows; r++) values.set(volume.subarray(base + r * rowStride, base + r * rowStride + columns), r * columns)
    return values
  }
  for (let r = 0, n = 0; r < rows; r++) {
    for (let c = 0, from = base + r * rowStride; c < columns; c++, n++, from += columnStride) values[n] = volume[from]!
  }
  return values
}

/** Put a slice that came by itself, row by row, where it belongs in the volume. */
export function scatter (values: Voxels, volume: Voxels, { rows, columns, base, rowStride, columnStride }: Slice): void {
  for (let r = 0, n = 0; r < rows; r++) {
    for (let c = 0, to = base + r * rowStride; c < columns; c++, n++, to += columnStride) volume[to] = values[n]!
  }
}
