import { createHash } from 'node:crypto'
import { VolumeUnreadable } from '../errors.js'
import { datatypeNamed } from '../nifti/datatype.js'
import { isSameShape } from '../nifti/volume.js'
import { planeAxis } from '../nifti/slice.js'
import type { LabelPart, OpenVolume } from './open-volumes.js'

/**
 * One label map of many binary files, as TotalSegmentator has them: a voxel has the value of its label; where labels
 * overlap, the last part wins. No voxel is read here, and later only the slabs that are asked for, of the files
 * that have something on them.
 *
 * @param parts in the order of their values; at least one
 * @param kind  `labels`: each value as it is; `mask`: 1 where any of them is
 * @throws VolumeUnreadable when two files differ in shape
 */
export function paintedLabels (set: string, parts: readonly [LabelPart, ...LabelPart[]], kind: 'labels' | 'mask'): OpenVolume {
  const [{ volume: first }] = parts
  const misfit = parts.find(({ volume }) => !isSameShape(volume.layout, first.layout))
  if (misfit !== undefined) throw new VolumeUnreadable(`The files of ${set} do not fit together: ${first.record.key} is ${first.layout.shape.join(' x ')} voxels, ${misfit.volume.record.key} is ${misfit.volume.layout.shape.join(' x ')}.`)
  const painted = parts.filter(({ volume }) => volume.record.lesion === null || volume.record.lesion.voxels > 0)
  const datatype = datatypeNamed(Math.max(...parts.map(({ value }) => value)) > 255 ? 'uint16' : 'uint8')
  const { shape } = first.layout
  const sliceBytes = shape[0] * shape[1] * datatype.bytes
  const content = createHash('sha256').update(JSON.stringify([kind, ...painted.map(({ volume, value }) => [volume.version, kind === 'mask' ? 1 : value])])).digest('hex')
  return {
    ...first,
    record: { ...first.record, kind, key: `${first.record.key.replace(/[^/]+$/, '')}*` },
    version: `${content.slice(0, 32)}.${kind}`,
    layout: { ...first.layout, datatype, sliceBytes, voxelBytes: sliceBytes * shape[2], voxOffset: 0, littleEndian: true, channels: 1, slope: 1, inter: 0, scales: false },
    // Like an uncompressed file: any slab can be made by itself.
    slabMap: { ends: null, crcs: new Uint32Array(0), points: [] },
    parts: kind === 'mask' ? painted.map(({ volume }) => ({ volume, value: 1 })) : painted
  }
}

/** Whether a file has something on one of these k; true where that is not known. */
export function isOn ({ record: { lesion }, layout }: OpenVolume, ks: ReadonlySet<number>): boolean {
  return lesion === null || planeAxis(layout, 'axial') !== 2 || lesion.slices.some((k) => ks.has(k))
}
