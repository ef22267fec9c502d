import type { Catalog } from '../../catalog/catalog.js'
import { millilitres } from '../../nifti/geometry.js'
import { planeAxis, sliceGeometry } from '../../nifti/slice.js'
import { WINDOW_PRESETS, windowText } from '../../render/window.js'
import type { Window } from '../../render/window.js'
import type { SliceAnswers } from '../../views/slice-answers.js'
import { planArray, refuseMisfit } from '../../views/slice-plan.js'
import type { OpenVolume, OpenVolumes } from '../../volumes/open-volumes.js'
import type { ReferenceMasks } from './reference-masks.js'
import type { ScorePool } from './score-pool.js'
import type { ScoredMask } from './score-tasks.js'

export const DEFAULT_TOLERANCE_MM = 3
export const DEFAULT_MIN_LESION_ML = 0

export interface MaskSettings { toleranceMm: number, minLesionMl: number }

/** Scores predicted masks against the dataset's. Nothing is kept. */
export class MaskScoring {
  constructor (
    private readonly catalog: Catalog, private readonly references: ReferenceMasks, private readonly volumes: OpenVolumes,
    private readonly slices: SliceAnswers, private readonly pool: ScorePool
  ) {}

  /** Reserve room for a prediction that is about to arrive. @throws Overloaded */
  admit (bytes: number): () => void {
    return this.pool.admit(bytes)
  }

  /** The mask to compare with. @throws StudyNotFound, MaskNotFound, VolumeMissing, VolumeUnreadable, CatalogBuilding, Overloaded */
  reference (studyId: string): OpenVolume {
    return this.references.open(studyId)
  }

  /**
   * @param file the prediction as sent: `.nii.gz`, `.nii` or `.npy`; null is an empty mask
   * @throws PredictionUnreadable, PredictionTooLarge, GeometryMismatch; as `reference`; Overloaded, ClientGone
   */
  async score (studyId: string, file: Uint8Array | null, { toleranceMm, minLesionMl }: MaskSettings, signal?: AbortSignal): Promise<ScoredMask> {
    const volume = this.references.open(studyId)
    const { layout } = volume
    return await this.pool.run('mask', async () => ({
      file,
      reference: await this.references.read(volume, signal),
      options: { spacing: layout.spacing, voxelMl: millilitres(1, layout), axialAxis: planeAxis(layout, 'axial'), toleranceMm, minLesionMl }
    }), signal)
  }

  /**
   * One axial slice as a PNG, in radiological view: hits, false positives and misses in colour.
   *
   * @param index undefined: the slice with most lesion in the reference
   * @throws SliceNotFound, VolumeUnreadable where the mask does not fit the image; as `score`
   */
  async picture (studyId: string, file: Uint8Array, { index, window = WINDOW_PRESETS.lung }: { index: number | undefined, window: Window | undefined }, signal?: AbortSignal): Promise<Uint8Array> {
    const volume = this.references.open(studyId)
    const image = this.volumes.open(studyId, 'image')
    refuseMisfit(image, volume)
    const shown = index ?? this.tellingSlice(studyId)
    const geometry = sliceGeometry(image.layout, 'axial', shown, 'radiological')
    const plan = planArray(image, { plane: 'axial', index: shown, orientation: 'radiological', size: undefined, aspect: 'voxel', format: 'raw', dtype: 'uint8', window })
    return await this.pool.run('picture', async () => {
      const answer = await this.slices.array(plan, { signal })
      const grey = Buffer.concat(answer.chunks)
      answer.release()
      const text = { Description: `${studyId}, axial slice ${shown}, window ${windowText(window)} HU; TP blue, FP red, FN yellow` }
      return { file, reference: await this.references.read(volume, signal), grey, geometry, text }
    }, signal)
  }

  /** The axial slice with most lesion in the reference; the middle one where it is empty. */
  private tellingSlice (studyId: string): number {
    const slices = this.catalog.slices(studyId)
    const most = Math.max(0, ...slices.map(({ lesionPixels }) => lesionPixels ?? 0))
    return most === 0 ? slices.length >> 1 : slices.findIndex(({ lesionPixels }) => lesionPixels === most)
  }
}
