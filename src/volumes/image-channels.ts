import { InvalidRequest, VolumeMissing } from '../errors.js'
import type { OpenVolume, OpenVolumes } from './open-volumes.js'

/** Opens the channels of images: files of their own, or volumes along the fourth axis of one file. */
export class ImageChannels {
  /** one view per volume and channel, so that plans and caches that know volumes by identity know these, too */
  private readonly views = new WeakMap<OpenVolume, Map<number, OpenVolume>>()

  /** @param names of the dataset's channels; empty where images have only one */
  constructor (private readonly volumes: OpenVolumes, private readonly names: readonly string[]) {}

  /**
   * A channel of a study's image.
   *
   * @param channel its index or name; the first, where it is left out
   * @throws InvalidRequest naming `channel`; VolumeMissing for a study that lacks it; as `OpenVolumes.open`
   */
  open (studyId: string, channel: string | undefined): OpenVolume {
    const place = channel === undefined ? 0 : this.placeOf(channel)
    if (place === 0) return this.volumes.open(studyId, 'image')
    const slot = `channel:${place}`
    if (this.volumes.study(studyId).labelKeys[slot] !== undefined) return this.volumes.open(studyId, slot)
    const image = this.volumes.open(studyId, 'image')
    if (place >= image.layout.channels) throw new VolumeMissing(`Study ${studyId} has no channel ${this.names[place]}.`)
    return this.view(image, place)
  }

  private placeOf (channel: string): number {
    const named = this.names.indexOf(channel)
    const place = named >= 0 ? named : /^\d{1,4}$/.test(channel) ? Number(channel) : -1
    if (place >= 0 && place < Math.max(1, this.names.length)) return place
    const there = this.names.length === 0 ? 'images of this dataset have only one, 0' : `is none of ${this.names.map((name, n) => `${name} (${n})`).join(', ')}`
    throw new InvalidRequest([{ parameter: 'channel', detail: `${JSON.stringify(channel)}: ${there}` }])
  }

  /** A channel along the fourth axis: the same file, its voxels further on. */
  private view (image: OpenVolume, place: number): OpenVolume {
    let views = this.views.get(image)
    if (views === undefined) this.views.set(image, views = new Map())
    let view = views.get(place)
    if (view === undefined) {
      const { layout, slabMap } = image
      const [from, to] = [2 * layout.shape[2] * place, 2 * layout.shape[2] * (place + 1)]
      views.set(place, view = {
        ...image,
        channel: place,
        version: `${image.version}.c${place}`,
        layout: { ...layout, voxOffset: layout.voxOffset + place * layout.voxelBytes },
        slabMap: { ends: slabMap.ends?.subarray(from, to) ?? null, crcs: slabMap.crcs.subarray(from, to), points: slabMap.points }
      })
    }
    return view
  }
}
