import { layoutOf } from '../../nifti/volume.js'
import type { OpenVolume, OpenVolumes } from '../../volumes/open-volumes.js'
import { FORMS } from '../../volumes/voxel-form.js'
import type { VoxelReader } from '../../volumes/voxel-reader.js'
import type { Reference } from './score-tasks.js'

/** Slabs copied in one go: few enough not to delay other requests. */
const SLABS_AT_ONCE = 8

/** Reads whole masks of the dataset for comparison. */
export class ReferenceMasks {
  constructor (private readonly volumes: OpenVolumes, private readonly reader: VoxelReader) {}

  /** @throws StudyNotFound, MaskNotFound, VolumeMissing, VolumeUnreadable, CatalogBuilding, Overloaded */
  open (studyId: string): OpenVolume {
    return this.volumes.open(studyId, 'mask')
  }

  /** Every voxel of a mask, in memory of its own, which a thread may take over. @throws VolumeUnreadable, CatalogBuilding, Overloaded, ClientGone */
  async read (volume: OpenVolume, signal?: AbortSignal): Promise<Reference> {
    const { shape, affine, axes } = volume.layout
    const { shape: ownShape, affine: ownAffine, axes: ownAxes } = layoutOf(volume.header)
    const form = FORMS.voxels(volume)
    // Not shared: V8 does not count shared memory, and would free that of past scores late.
    const bits = new Uint8Array(form.kBytes * shape[2])
    for (let k = 0; k < shape[2]; k += SLABS_AT_ONCE) {
      const ks = Array.from({ length: Math.min(SLABS_AT_ONCE, shape[2] - k) }, (_, n) => k + n)
      const lease = await this.reader.read(form, ks, { signal })
      for (const at of ks) bits.set(lease.view(at), at * form.kBytes)
      lease.release()
    }
    return { bits, grid: { shape, affine, axes, own: { shape: ownShape, affine: ownAffine, axes: ownAxes } } }
  }
}
