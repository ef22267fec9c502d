import { kindOf } from '../catalog/rows.js'
import type { SurveyedVolume } from '../catalog/catalog.js'
import type { Intensity, Lesion, SliceFacts, VolumeKind, VolumeRecord } from '../catalog/study.js'
import { VolumeUnreadable } from '../errors.js'
import { parseHeader } from '../nifti/header.js'
import { millilitres } from '../nifti/geometry.js'
import { planeAxis } from '../nifti/slice.js'
import { layoutAsRead, overImage } from '../nifti/volume.js'
import type { VolumeLayout } from '../nifti/volume.js'
import type { SurveyPool } from '../threads/survey-pool.js'
import type { LesionPerAxis, SoundContent, Survey } from '../survey/survey.js'

/** One file of a study as the catalog keeps it, with its facts per axial slice. */
export interface SurveyedFile {
  volume: SurveyedVolume
  layout: VolumeLayout | null
  totals: SoundContent['totals']
  /** for a mask */
  lesion: LesionPerAxis | null
  /** for a mask: the same, by value */
  labels: ReadonlyMap<number, LesionPerAxis> | null
}

/**
 * Read one file and return what the catalog keeps of it. A file that is missing or cannot be served is a result, not
 * an error.
 *
 * @throws CatalogBuilding when the file changes while it is read
 */
export async function surveyFile (pool: SurveyPool, key: string, kind: VolumeKind, slot: string = kind, channels = 1): Promise<SurveyedFile> {
  let survey: Survey | undefined
  try {
    survey = await pool.survey({ key, kind, ...(slot === 'image' && channels > 1 && { channels }) })
  } catch (error) {
    if (!(error instanceof VolumeUnreadable)) throw error
    return unserved({ kind, slot, key, status: 'unreadable', problem: error.message })
  }
  if (survey === undefined) return unserved({ kind, slot, key, status: 'missing', problem: `${key} is not there.` })
  const identity = { bytes: survey.state.bytes, mtimeMs: survey.state.modifiedMs, edges: survey.edges }
  if (survey.problem !== null) {
    return unserved({ kind, slot, key, status: 'unreadable', problem: survey.problem, identity, headerBytes: survey.headerBytes })
  }
  const layout = layoutAsRead(parseHeader(survey.headerBytes))
  const { sha256, headerBytes, ends, crcs, points, totals, mask, trailingBytes, texts } = survey
  return {
    layout,
    totals,
    lesion: mask?.lesion ?? null,
    labels: mask?.labels ?? null,
    volume: {
      kind: kindOf(slot),
      slot,
      key,
      status: 'ready',
      problem: null,
      warnings: trailingBytes > 0 ? [`${kind}: ${trailingBytes} bytes after the end of the gzip stream are ignored.`] : [],
      identity,
      sha256,
      headerBytes,
      intensity: totals === null ? null : intensityOf(totals),
      lesion: null,
      values: mask?.values ?? null,
      labelSlices: null,
      slabs: { ends, crcs },
      texts,
      points
    }
  }
}

/**
 * A mask's lesion in the image's geometry, where the shapes agree: along the image's axial slices, volume in mL.
 *
 * @param ignored values that mark what nobody annotated
 * @returns also the lesion voxels per axial slice; null where the mask cannot be read
 */
export function lesionOver (mask: SurveyedFile | null, image: SurveyedFile, ignored: readonly number[] = []): { lesion: Lesion, perSlice: Float64Array } | null {
  if (mask === null || mask.layout === null || mask.lesion === null) return null
  const layout = overImage(mask.layout, image.layout)
  const axis = planeAxis(layout, 'axial')
  const perSlice = mask.lesion[axis].slice()
  for (const value of ignored) mask.labels?.get(value)?.[axis]!.forEach((voxels, n) => { perSlice[n]! -= voxels })
  return { lesion: lesionOf(perSlice, layout), perSlice }
}

/** For each value, the image's axial slices that hold it and the voxels in each. */
export function labelSlicesOver (mask: SurveyedFile, image: SurveyedFile): VolumeRecord['labelSlices'] {
  if (mask.layout === null || mask.labels === null) return null
  const axis = planeAxis(overImage(mask.layout, image.layout), 'axial')
  return Object.fromEntries([...mask.labels].map(([value, along]) => [value, [...along[axis]!.entries()].filter(([, voxels]) => voxels > 0)]))
}

/**
 * Facts per axial slice, as far as the files give them: the image's facts, and the lesion pixels of a mask with as many
 * slices. Without an image, the facts of the mask alone.
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

/** The record of a file that cannot be served: missing or unreadable. */
export function unserved (known: Pick<SurveyedVolume, 'kind' | 'slot' | 'key' | 'status' | 'problem'> & Partial<SurveyedVolume>): SurveyedFile {
  const warnings = known.kind === 'mask' ? [`mask: It cannot be served: ${known.problem}`] : []
  return {
    layout: null,
    totals: null,
    lesion: null,
    labels: null,
    volume: { warnings, identity: null, sha256: null, headerBytes: null, intensity: null, lesion: null, values: null, labelSlices: null, slabs: null, points: [], texts: null, ...known }
  }
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

/** A mask's lesion: voxels, mL and slices, by the given geometry. */
function lesionOf (perSlice: Float64Array, layout: VolumeLayout): Lesion {
  const voxels = perSlice.reduce((total, part) => total + part, 0)
  return {
    voxels,
    volumeMl: millilitres(voxels, layout),
    slices: [...perSlice.keys()].filter((index) => perSlice[index]! > 0)
  }
}
