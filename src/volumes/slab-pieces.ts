import { halfSlab } from '../nifti/volume.js'
import type { PaintTask, VoxelPiece } from '../threads/tasks.js'
import type { OpenVolume } from './open-volumes.js'
import type { Slab } from './slab-cache.js'
import { ksOf } from './voxel-form.js'
import type { VoxelForm } from './voxel-form.js'

/** What is decoded into slabs, in halves of a k. @param source the file: the form's own volume, or a part of it */
export function piecesOf (form: VoxelForm, { layout: { sliceBytes }, slabMap: { crcs } }: OpenVolume, slabs: ReadonlyMap<number, Slab>): (VoxelPiece & { k: number })[] {
  const half = halfSlab(sliceBytes)
  const ofK = (k: number, offset: number) => [
    { k, at: k * sliceBytes, bytes: half, crc: crcs[2 * k]!, offset },
    { k, at: k * sliceBytes + half, bytes: sliceBytes - half, crc: crcs[2 * k + 1]!, offset: offset + half * form.kBytes / sliceBytes }
  ]
  return [...slabs.values()].flatMap(({ n, offset }) => {
    const [first, end] = ksOf(form, n)
    return Array.from({ length: end - first }, (_, at) => ofK(first + at, offset + at * form.kBytes)).flat()
  }).filter(({ bytes }) => bytes > 0)
}

/** The memory of slabs. */
export function roomsOf (form: VoxelForm, slabs: ReadonlyMap<number, Slab>): PaintTask['clear'] {
  return [...slabs.values()].map(({ n, offset }) => {
    const [first, end] = ksOf(form, n)
    return { offset, bytes: (end - first) * form.kBytes }
  })
}
