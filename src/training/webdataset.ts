import type { Catalog } from '../catalog/catalog.js'
import { LabelsNotFound, MaskNotFound } from '../errors.js'
import type { Orientation } from '../nifti/slice.js'
import { npyHeader } from '../render/npy.js'
import type { SizeSpec } from '../render/size.js'
import type { Window } from '../render/window.js'
import type { LabelVolumes } from '../volumes/label-volumes.js'
import type { OpenVolume, OpenVolumes } from '../volumes/open-volumes.js'
import { planArray, refuseMisfit } from '../views/slice-plan.js'
import type { ArrayPlan, Aspect } from '../views/slice-plan.js'
import { FORMS, roomOf } from '../volumes/voxel-form.js'
import type { VoxelForm, WantedKs } from '../volumes/voxel-form.js'
import type { VoxelReader } from '../volumes/voxel-reader.js'
import { refuseLabelsOfNothing } from './batch.js'
import type { ArrayName, LabelChoice } from './batch.js'
import type { Part } from './bulk-reader.js'
import { epochGroups } from './epoch.js'
import type { EpochQuery, EpochRow } from './epoch.js'
import { named } from './named-faults.js'
import type { SliceOrders } from './slice-orders.js'
import { tarEnd, tarHeader, tarPadding } from './ustar.js'
import { decodeVolumes } from './volumes-ahead.js'

/** Studies whose slices are mixed; clients rely on the order this gives. */
export const BUFFER = 16

export interface WebDatasetQuery extends Omit<EpochQuery, 'buffer'>, LabelChoice {
  arrays: readonly ArrayName[]
  missingMask: 'error' | 'zeros'
  dtype: string | undefined
  window: Window | undefined
  orientation: Orientation
  size: SizeSpec | undefined
  aspect: Aspect | undefined
}

/** One planned sample: mask and labels are null where zeros replace them, undefined where they are not asked for. */
interface Sample { row: EpochRow, image: ArrayPlan | undefined, mask: ArrayPlan | null | undefined, labels: ArrayPlan | null | undefined, extent: ArrayPlan }

/** Whole groups are decoded, one ahead of the client, if two of them fit this share of the cache. */
const CACHE_SHARE = 2 / 3

/** Streams of samples for the WebDataset library. */
export class WebDatasets {
  constructor (private readonly catalog: Catalog, private readonly orders: SliceOrders, private readonly volumes: OpenVolumes, private readonly labels: LabelVolumes, private readonly reader: VoxelReader, private readonly cacheBytes: number) {}

  /**
   * The tar, part by part: each sample has its arrays as `.npy`, then its facts as `.json`.
   *
   * @throws MaskNotFound at the start, where masks are asked for and a study has none; later as `OpenVolumes.open`
   */
  async * parts (query: WebDatasetQuery, signal: AbortSignal): AsyncGenerator<Part> {
    this.refuseMissingMasks(query)
    const groups = epochGroups(this.catalog, this.orders, { ...query, buffer: BUFFER })
    let after: Promise<unknown> = Promise.resolve()
    let current = await this.next(groups, query)
    let gates = this.decode(current, 0, after, signal)
    while (current !== undefined) {
      const next = await this.next(groups, query)
      after = Promise.all(gates.values())
      const nextGates = this.decode(next, roomOf(current.wanted), after, signal)
      for (const sample of current.samples) yield * this.sampleParts(sample, query, gates)
      current = next
      gates = nextGates
    }
    yield { before: tarEnd() }
  }

  private refuseMissingMasks ({ arrays, missingMask, filter, set, label }: WebDatasetQuery): void {
    refuseLabelsOfNothing(arrays, { set, label })
    if (missingMask === 'zeros') return
    const study = arrays.includes('mask') ? this.catalog.ask.studyWithoutMask(filter) : undefined
    if (study !== undefined) throw new MaskNotFound(study)
    const unlabelled = arrays.includes('labels') ? this.catalog.ask.studyWithout(filter, (id) => this.labels.has(id, set, label)) : undefined
    if (unlabelled !== undefined) throw new LabelsNotFound(unlabelled, `Study ${unlabelled} has none of the requested labels; missingMask=zeros sends zeros instead.`)
  }

  private open (study: string, name: ArrayName, { set, label }: LabelChoice): OpenVolume {
    return name === 'labels' ? this.labels.open(study, set, label) : this.volumes.open(study, name)
  }

  private async next (groups: AsyncGenerator<EpochRow[]>, query: WebDatasetQuery): Promise<{ samples: EpochRow[], wanted: WantedKs[] } | undefined> {
    const { value: samples } = await groups.next() as IteratorResult<EpochRow[], undefined>
    return samples && { samples, wanted: this.wantedOf(samples, query) }
  }

  /** The slabs a group needs, volumes in the order of their first sample. A volume that fails to open is left to its sample. */
  private wantedOf (samples: readonly EpochRow[], query: WebDatasetQuery): WantedKs[] {
    const wanted = new Map<string, { form: VoxelForm, ks: number[] }>()
    for (const { study, index } of samples) {
      for (const kind of query.arrays) {
        const known = wanted.get(`${kind} ${study}`)
        if (known !== undefined) known.ks.push(index)
        else {
          try {
            const volume = this.open(study, kind, query)
            // Axial slices across the slabs need every slab: such volumes are not decoded ahead.
            if (planArray(volume, { ...PLAIN, index }).geometry.normalAxis === 2) wanted.set(`${kind} ${study}`, { form: FORMS.voxels(volume), ks: [index] })
          } catch {}
        }
      }
    }
    for (const { ks } of wanted.values()) ks.sort((a, b) => a - b)
    return [...wanted.values()]
  }

  /** Start decoding a group, if it fits the cache together with the group being sent. */
  private decode (group: { wanted: WantedKs[] } | undefined, beside: number, after: Promise<unknown>, signal: AbortSignal): Map<string, Promise<void>> {
    if (group === undefined || beside + roomOf(group.wanted) > this.cacheBytes * CACHE_SHARE) return new Map()
    return decodeVolumes(this.reader, group.wanted, this.cacheBytes, after, signal)
  }

  private * sampleParts (row: EpochRow, query: WebDatasetQuery, gates: Map<string, Promise<void>>): Generator<Part> {
    const sample = this.plan(row, query)
    const key = sampleKey(row)
    let before: Buffer = Buffer.alloc(0)
    for (const name of query.arrays) {
      const plan = sample[name]
      const zeros = plan == null ? zeroMask(sample.extent) : undefined
      const size = plan?.length ?? zeros!.length
      const part: Part = { before: Buffer.concat([before, tarHeader(`${key}.${name}.npy`, size), ...zeros === undefined ? [] : [zeros]]) }
      before = tarPadding(size)
      if (plan != null) {
        const gate = gates.get(FORMS.voxels(plan.volume).key)
        Object.assign(part, { slice: plan, explain: (error: Error) => named(key, error), ...(gate !== undefined && { gate }) })
      }
      yield part
    }
    const json = Buffer.from(JSON.stringify(this.factsOf(row)))
    yield { before: Buffer.concat([before, tarHeader(`${key}.json`, json.length), json, tarPadding(json.length)]) }
  }

  private plan (row: EpochRow, query: WebDatasetQuery): Sample {
    const { arrays, dtype, window, orientation, size, aspect } = query
    const shared = { ...PLAIN, index: row.index, orientation, size, aspect }
    const image = () => planArray(this.volumes.open(row.study, 'image'), { ...shared, dtype, window })
    const annotation = (name: 'mask' | 'labels') => {
      if (!arrays.includes(name)) return undefined
      if (query.missingMask === 'zeros' && !(name === 'mask' ? this.catalog.study(row.study)?.maskKey != null : this.labels.has(row.study, query.set, query.label))) return null
      const volume = this.open(row.study, name, query)
      if (arrays.includes('image')) refuseMisfit(this.volumes.open(row.study, 'image'), volume)
      return planArray(volume, shared)
    }
    const planned = {
      image: arrays.includes('image') ? image() : undefined,
      mask: annotation('mask'),
      labels: annotation('labels')
    }
    return { row, ...planned, extent: planned.image ?? planned.mask ?? planned.labels ?? planArray(this.volumes.open(row.study, 'image'), shared) }
  }

  /** The slice's row of the catalog, plus the facts of its study that training needs. */
  private factsOf ({ study, index, category, repeat, ...facts }: EpochRow): object {
    const record = this.catalog.study(study)
    return { study, index, category, severity: record?.severity, spacing: record?.image?.layout?.spacing, ...facts }
  }
}

const PLAIN = { format: 'npy', plane: 'axial', dtype: undefined, window: undefined, orientation: undefined, size: undefined, aspect: undefined } as const

/**
 * The common name of a sample's files. It has no dot: readers take everything after the first dot for the extension.
 * A repeated slice has a different key, so that no file of the tar overwrites an earlier one.
 */
function sampleKey ({ study, index, repeat }: EpochRow): string {
  return `${study.replaceAll('.', '%2E')}_${String(index).padStart(3, '0')}${repeat === 0 ? '' : `_r${repeat}`}`
}

function zeroMask ({ rows, columns }: ArrayPlan): Buffer {
  const header = npyHeader('|u1', [rows, columns])
  return Buffer.concat([header], header.length + rows * columns)
}
