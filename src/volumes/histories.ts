import type { Catalog } from '../catalog/catalog.js'
import { isReference } from '../sidecars/format.js'
import type { Sidecars } from '../sidecars/sidecars.js'
import type { OpenVolume } from './open-volumes.js'

/** Where the histories of access points are: in the catalog, or in sidecars that it refers to. */
export class Histories {
  private readonly referring = new WeakMap<OpenVolume['slabMap'], boolean>()

  constructor (private readonly catalog: Catalog, private readonly sidecars: Sidecars | undefined) {}

  /** Whether nothing is ever fetched. */
  get areInCatalog (): boolean {
    return this.sidecars === undefined
  }

  /** Have the histories of these volumes at hand until the function that comes is called. */
  async hold (volumes: readonly OpenVolume[]): Promise<() => void> {
    const files = new Set(volumes.flatMap(filesOf).filter((volume) => this.refers(volume)).map(({ record }) => record.sha256!))
    return files.size === 0 || this.sidecars === undefined ? () => {} : await this.sidecars.hold(files)
  }

  /** Whether no sidecar has to be fetched for a volume. */
  areAtHand (volume: OpenVolume): boolean {
    const { sidecars } = this
    return sidecars === undefined || filesOf(volume).every((file) => !this.refers(file) || sidecars.has(file.record.sha256!))
  }

  /** The packed history of a point, as an array of its own; undefined where it cannot be had. */
  of ({ record }: OpenVolume, pointId: number): Uint8Array | undefined {
    const kept = this.catalog.history(pointId)
    if (kept === undefined || !isReference(kept)) return kept
    const history = record.sha256 === null ? undefined : this.sidecars?.history(record.sha256, kept)
    // It is sent to a thread, and with a part of a buffer the whole would go.
    return history && Uint8Array.from(history)
  }

  private refers ({ slabMap, record }: OpenVolume): boolean {
    let refers = this.referring.get(slabMap)
    if (refers === undefined) {
      refers = record.sha256 !== null && slabMap.points.some(({ id }) => isReference(this.catalog.history(id) ?? new Uint8Array(0)))
      this.referring.set(slabMap, refers)
    }
    return refers
  }
}

function filesOf (volume: OpenVolume): OpenVolume[] {
  return volume.parts === undefined ? [volume] : volume.parts.map((part) => part.volume)
}
