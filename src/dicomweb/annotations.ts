import { fileAt, isPlainMask, rowsOf, slotOf } from '../catalog/label-rows.js'
import type { LabelRow, NamedLabelSet } from '../catalog/label-rows.js'
import type { StudyRecord, VolumeRecord } from '../catalog/study.js'
import { LESION, TISSUE } from '../dicom/segmentation.js'
import type { Segment } from '../dicom/segmentation.js'
import type { VolumeLayout } from '../nifti/volume.js'
import { OVERLAY_COLOR, parseColor } from '../render/overlay.js'
import type { Services } from '../services.js'
import type { OpenVolume } from '../volumes/open-volumes.js'

/** Where the voxels of a segment are: the study's mask, or a label of a set. */
export type SegmentVoxels = 'mask' | { set: string, label: LabelRow }

export interface SegmentFile { volume: OpenVolume, values?: readonly number[] }

/** A segment that has voxels, and the axial slices of the image that they are on, ascending. */
export interface AnnotatedSegment extends Segment { voxels: SegmentVoxels, slices: readonly number[] }

/** What becomes one segmentation: a mask, or a label set. */
export interface Annotation {
  name: string
  /** what its UID follows from besides the image: the content of its files, and what their values are called */
  origin: readonly [kind: string, ...names: string[]]
  segments: readonly AnnotatedSegment[]
}

/**
 * The annotations of a study that have voxels, in the order of the dataset. One is left out if it cannot be read, or has not
 * a voxel for each of the image's.
 *
 * @param sets of the dataset; where they are nothing but a mask of one label, it is named as MosMedData's is
 */
export function annotationsOf (study: StudyRecord, sets: readonly NamedLabelSet[], image: VolumeLayout): Annotation[] {
  const all = isPlainMask(sets) ? maskOf(study, image) : sets.map((set, n) => labelsOf(study, set, n === 0, image))
  return all.filter(({ segments }) => segments.length > 0)
}

/** Where the voxels of a segment are: a file of 0 and 1, or that of all labels and the values that make this one. @throws as `OpenVolumes.open` */
export function segmentFile ({ volumes, labels }: Services, studyId: string, voxels: SegmentVoxels): SegmentFile {
  return voxels === 'mask' ? { volume: volumes.open(studyId, 'mask') } : labels.labelFile(studyId, voxels.set, voxels.label)
}

/** The voxels of a segment as 0 and 1. @throws as `OpenVolumes.open` */
export function openSegment ({ volumes, labels }: Services, studyId: string, voxels: SegmentVoxels): OpenVolume {
  return voxels === 'mask' ? volumes.open(studyId, 'mask') : labels.openLabel(studyId, voxels.set, voxels.label)
}

/** Names a file's content in UIDs; whatever is ready was read through, so it has a SHA-256. */
export function contentOf ({ sha256, identity }: VolumeRecord): string {
  return sha256 ?? JSON.stringify(identity)
}

function maskOf ({ mask }: StudyRecord, image: VolumeLayout): Annotation[] {
  if (mask === undefined || !fits(mask, image) || mask.lesion === null || mask.lesion.slices.length === 0) return []
  return [{ name: 'mask', origin: ['mask', contentOf(mask)], segments: [{ label: 'lesion', color: OVERLAY_COLOR, ...LESION, voxels: 'mask', slices: mask.lesion.slices }] }]
}

function labelsOf (study: StudyRecord, set: NamedLabelSet, first: boolean, image: VolumeLayout): Annotation {
  const files = new Set<VolumeRecord>()
  const rows = rowsOf(study, set, first).filter((label) => {
    const file = fileAt(study, slotOf(study, set.name, first, label.name)!)!
    if (label.slices.length === 0 || !fits(file, image)) return false
    files.add(file)
    return true
  })
  const names = JSON.stringify(rows.map(({ value, values, name, color }) => [name, values ?? value, color]))
  return {
    name: set.name,
    origin: [`labels:${set.name}`, names, ...[...files].map(contentOf)],
    segments: rows.map((label) => ({ label: label.name, color: parseColor(label.color.slice(1)), ...TISSUE, voxels: { set: set.name, label }, slices: label.slices }))
  }
}

function fits ({ status, layout }: VolumeRecord, image: VolumeLayout): boolean {
  return status === 'ready' && layout !== null && layout.shape.join() === image.shape.join()
}
