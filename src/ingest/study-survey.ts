import type { SurveyedVolume } from '../catalog/catalog.js'
import type { Intensity, Lesion, SliceFacts, VolumeKind } from '../catalog/study.js'
import { VolumeUnreadable } from '../errors.js'
import { parseHeader } from '../nifti/header.js'
import { layoutOf } from '../nifti/volume.js'
import type { VolumeLayout } from '../nifti/volume.js'
import type { SurveyPool } from '../threads/survey-pool.js'
import type { SoundContent, Survey } from '../survey/survey.js'

/** Affines that differ by less than this, in mm, put every voxel at the same place. */
const AFFINE_TOLERANCE_MM = 1e-3

/** One file of a study as the catalog keeps it, with its facts per axial slice. */
export interface SurveyedFile {
  volume: SurveyedVolume
  layout: VolumeLayout | null
  totals: SoundContent['totals']
  lesion: Float64Array | null
}

/**
 * Read one file and turn what was found into what is kept of it. A file that is not there, or cannot be served, is a
 * finding like any other.
 *
 * @throws CatalogBuilding when the file changed while it was read
 */
export async function surveyFile (pool: SurveyPool, key: string, kind: VolumeKind): Promise<SurveyedFile> {
  let survey: Survey | undefined
  try {
    survey = await pool.survey({ key, kind })
  } catch (error) {
    if (!(error instanceof VolumeUnreadable)) throw error
    return unserved({ kind, file: key, status: 'unreadable', problem: error.message })
  }
  if (survey === undefined) return unserved({ kind, file: key, status: 'missing', problem: `${key} is not there.` })
  const identity = { bytes: survey.state.bytes, mtimeMs: survey.state.modifiedMs, edges: survey.edges }
  if (survey.problem !== null) {
    return unserved({ kind, file: key, status: 'unreadable', problem: survey.problem, identity, headerBytes: survey.headerBytes })
  }
  const layout = layoutOf(parseHeader(survey.headerBytes))
  const { sha256, headerBytes, ends, crcs, points, totals, lesion, trailingBytes } = survey
  const warnings = layout.warnings.map((warning) => ofKind(kind, warning))
  if (trailingBytes > 0) warnings.push(ofKind(kind, `${trailingBytes} bytes after the end of the gzip stream are ignored.`))
  return {
    layout,
    totals,
    lesion,
    volume: {
      kind,
      file: key,
      status: 'ready',
      problem: null,
      warnings,
      identity,
      sha256,
      headerBytes,
      intensity: totals === null ? null : intensityOf(totals),
      lesion: lesion === null ? null : lesionOf(lesion, layout),
      slabs: { ends, crcs },
      points
    }
  }
}

/** What does not fit between an image and its mask; sentences. */
export function mismatches (image: VolumeLayout, mask: VolumeLayout): string[] {
  const warnings: string[] = []
  if (image.shape.join() !== mask.shape.join()) {
    warnings.push(`The mask is ${mask.shape.join(' x ')} voxels and the image ${image.shape.join(' x ')}; the mask cannot be laid over it.`)
  }
  const apart = Math.max(...image.affine.flatMap((row, r) => row.map((value, c) => Math.abs(value - mask.affine[r]![c]!))))
  if (apart > AFFINE_TOLERANCE_MM) {
    warnings.push(`The mask's affine differs from the image's by up to ${Number(apart.toPrecision(3))} mm; voxels are matched by index.`)
  }
  return warnings
}

/**
 * Facts per axial slice, as far as the files tell: of the image, and the lesion pixels of a mask with as many slices;
 * of the mask alone while there is no image.
 */
export function sliceFacts (image: Pick<SurveyedFile, 'totals' | 'layout'> | undefined, lesion: Float64Array | null): SliceFacts[] {
  const totals = image?.totals ?? null
  const count = totals?.min.length ?? lesion?.length ?? 0
  const fits = lesion !== null && lesion.length === count
  const pixels = image?.layout == null || totals === null ? 0 : image.layout.voxelBytes / image.layout.datatype.bytes / count
  return Array.from({ length: count }, (_, index) => {
    const finite = totals?.finite[index] ?? 0
    return {
      index,
      min: finite > 0 ? totals!.min[index]! : null,
      max: finite > 0 ? totals!.max[index]! : null,
      mean: finite > 0 ? totals!.sum[index]! / finite : null,
      lungFraction: totals === null ? null : totals.lung[index]! / pixels,
      lesionPixels: fits ? lesion[index]! : null
    }
  })
}

/** A file of which nothing can be served: not there, or unreadable. */
export function unserved (known: Pick<SurveyedVolume, 'kind' | 'file' | 'status' | 'problem'> & Partial<SurveyedVolume>): SurveyedFile {
  const warnings = known.kind === 'mask' ? [ofKind('mask', `It cannot be served: ${known.problem}`)] : []
  return {
    layout: null,
    totals: null,
    lesion: null,
    volume: { warnings, identity: null, sha256: null, headerBytes: null, intensity: null, lesion: null, slabs: null, points: [], ...known }
  }
}

function ofKind (kind: VolumeKind, sentence: string): string {
  return `${kind}: ${sentence}`
}

function intensityOf ({ min, max, sum, finite }: NonNullable<SoundContent['totals']>): Intensity {
  const count = finite.reduce((total, part) => total + part, 0)
  if (count === 0) return { min: null, max: null, mean: null }
  return {
    min: min.reduce((a, b) => Math.min(a, b)),
    max: max.reduce((a, b) => Math.max(a, b)),
    mean: sum.reduce((total, part) => total + part, 0) / count
  }
}

/** Lesion volume by the voxel's size in mm; 1 mL is 1000 mm³. */
function lesionOf (perSlice: Float64Array, { spacing }: VolumeLayout): Lesion {
  const voxels = perSlice.reduce((total, part) => total + part, 0)
  return {
    voxels,
    volumeMl: voxels * spacing[0] * spacing[1] * spacing[2] / 1000,
    slices: [...perSlice.keys()].filter((index) => perSlice[index]! > 0)
  }
}
