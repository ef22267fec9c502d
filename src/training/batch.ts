import { createHash } from 'node:crypto'
import { InvalidRequest, MaskNotFound } from '../errors.js'
import type { Plane } from '../nifti/slice.js'
import { WIRE_BYTES } from '../render/wire-dtype.js'
import type { WireDtype } from '../render/wire-dtype.js'
import type { SizeSpec } from '../render/size.js'
import type { Window } from '../render/window.js'
import type { LabelVolumes } from '../volumes/label-volumes.js'
import type { OpenVolume, OpenVolumes } from '../volumes/open-volumes.js'
import { planArray, refuseMisfit } from '../views/slice-plan.js'
import type { ArrayPlan } from '../views/slice-plan.js'
import { planBox } from '../views/box-plan.js'
import type { BoxPlan, BoxQuery } from '../views/box-plan.js'
import type { Part } from './bulk-reader.js'
import type { ItemFacts } from './item-facts.js'
import { named } from './named-faults.js'
import type { SliceRef } from './slice-order.js'

export const MAX_ITEMS = 512

/** What a batch or a stream may hold of each item; `labels`: values of a label set as stored, or 0 and 1 with a label. */
export const ARRAYS = ['image', 'mask', 'labels'] as const
export type ArrayName = typeof ARRAYS[number]

/** Which labels `labels` are: of the first set, and all of it, where nothing is said. */
export interface LabelChoice { set: string | undefined, label: string | undefined }

/** A box of a volume, in stored voxels. */
export interface BoxRef { study: string, box: BoxQuery['box'] }

export interface BatchQuery extends LabelChoice {
  /** all slices, or all boxes */
  items: readonly SliceRef[] | readonly BoxRef[]
  arrays: readonly ArrayName[]
  /** for slices; undefined: axial */
  plane: Plane | undefined
  /** for boxes: HU outside the volume */
  pad: number | undefined
  dtype: string | undefined
  window: Window | undefined
  size: SizeSpec | undefined
  missingMask: 'error' | 'zeros'
}

/** One array of a batch, [N, rows, columns] for slices and [N, k, j, i] for boxes, planned before any voxel is read. */
export interface BatchArray {
  name: ArrayName
  dtype: WireDtype
  shape: readonly number[]
  length: number
  /** one for each item, in the order asked for */
  parts: Part[]
}

/** The arrays of a batch, and the facts of each item. */
export interface Batch { arrays: BatchArray[], facts: ItemFacts[] }

/** A slice or box of a batch: null where the study has no mask and zeros are sent instead. */
type ItemPlan = ArrayPlan | BoxPlan | null

/**
 * Plan every item, so that any error the catalog can foresee is reported before the first byte and names the item.
 *
 * @throws InvalidRequest, StudyNotFound, MaskNotFound, SliceNotFound, VolumeMissing, VolumeUnreadable, CatalogBuilding
 */
export function planBatch (volumes: OpenVolumes, labels: LabelVolumes, query: BatchQuery): Batch {
  refuseMixtures(query)
  const open = opener(volumes, labels, query)
  const { items, arrays } = query
  const masksFitImages = arrays.includes('image')
  const plans = items.map((item, n) => naming(n, () => arrays.map((name) => {
    if (name === 'image') return itemPlan(open(item.study, 'image'), item, query)
    return maskPlan(open, name, item, query, masksFitImages)
  })))
  alignLabelTypes()
  // Where zeros replace a mask and no other array is asked for, the image gives the shape.
  const extents = plans.map((ofItem, n) => ofItem.find((plan) => plan !== null) ?? naming(n, () => itemPlan(open(items[n]!.study, 'image'), items[n]!, { ...query, dtype: undefined, window: undefined })))
  const shape = shapeOf(extents[0]!)
  for (const [n, extent] of extents.entries()) {
    const [own, first] = [shapeOf(extent).join(' x '), shape.join(' x ')]
    if (own === first) continue
    if ('ranges' in extent) throw differs(n, 'items', `is ${own} voxels (k x j x i) and items.0 is ${first}`, 'have boxes of one shape')
    throw differs(n, 'size', `is ${own} and items.0 is ${first}`, 'is needed where slices differ; such as 256x256')
  }
  const facts = extents.map(({ affine }, n) => ({ study: items[n]!.study, index: indexOf(items[n]!, extents[n]!), affine }))
  return { facts, arrays: arrays.map(arrayOfPlans) }

  /** Label maps of one batch have one type: int16 where those of its studies differ. */
  function alignLabelTypes (): void {
    const of = arrays.indexOf('labels')
    if (of < 0 || new Set(plans.flatMap((ofItem) => ofItem[of]?.dtype ?? [])).size < 2) return
    for (const [n, ofItem] of plans.entries()) if (ofItem[of] !== null) ofItem[of] = naming(n, () => itemPlan(open(items[n]!.study, 'labels'), items[n]!, { ...query, dtype: 'int16', window: undefined }))
  }

  function arrayOfPlans (name: ArrayName, of: number): BatchArray {
    const ofArray = plans.map((ofItem) => ofItem[of]!)
    const dtype = ofArray.find((plan) => plan !== null)?.dtype ?? 'uint8'
    for (const [n, plan] of ofArray.entries()) {
      if (plan !== null && plan.dtype !== dtype) throw differs(n, 'dtype', `is ${plan.dtype} and items.0 is ${dtype}`, 'is needed where types differ; such as float32')
    }
    return arrayOf(name, dtype, shape, ofArray)
  }
}

/** @throws InvalidRequest where slices and boxes are mixed, or one has a parameter of the other */
function refuseMixtures ({ items, plane, size, pad, arrays, set, label }: BatchQuery): void {
  refuseLabelsOfNothing(arrays, { set, label })
  const mixed = items.findIndex((item) => 'box' in item !== 'box' in items[0]!)
  if (mixed >= 0) throw new InvalidRequest([{ parameter: `items.${mixed}`, detail: 'differs in kind from items.0: a batch has either slices or boxes' }])
  if (!('box' in items[0]!)) {
    if (pad !== undefined) throw new InvalidRequest([{ parameter: 'pad', detail: 'applies to boxes only; this batch has slices' }])
    return
  }
  for (const [parameter, value] of Object.entries({ plane, size })) {
    if (value !== undefined) throw new InvalidRequest([{ parameter, detail: 'applies to slices only; a box is in stored voxels' }])
  }
}

/** @throws InvalidRequest where labels are chosen and none are asked for */
export function refuseLabelsOfNothing (arrays: readonly ArrayName[], choice: LabelChoice): void {
  if (arrays.includes('labels')) return
  for (const [parameter, value] of Object.entries(choice)) if (value !== undefined) throw new InvalidRequest([{ parameter, detail: 'applies to labels only; add labels to arrays' }])
}

/** C order. */
function shapeOf (plan: ArrayPlan | BoxPlan): readonly number[] {
  return 'ranges' in plan ? plan.shape : [plan.rows, plan.columns]
}

function indexOf (item: SliceRef | BoxRef, plan: ArrayPlan | BoxPlan): readonly number[] {
  return 'ranges' in plan ? plan.ranges.map(([start]) => start) : [(item as SliceRef).index]
}

/** Changes with any file of the batch, and with the request. */
export function batchTag (format: string, arrays: readonly BatchArray[]): string {
  const hash = createHash('sha256').update(format)
  for (const { name, dtype, parts } of arrays) {
    hash.update(`${name}.${dtype}`)
    for (const { slice, box } of parts) hash.update((slice ?? box)?.etag ?? 'zeros')
  }
  return `"batch.${hash.digest('hex').slice(0, 32)}"`
}

/** Opens the volumes of one batch, each once. */
function opener (volumes: OpenVolumes, labels: LabelVolumes, { set, label }: LabelChoice): (study: string, name: ArrayName) => OpenVolume {
  const opened = new Map<string, OpenVolume>()
  return (study, name) => {
    const key = `${name} ${study}`
    const volume = opened.get(key) ?? (name === 'labels' ? labels.open(study, set, label) : volumes.open(study, name))
    opened.set(key, volume)
    return volume
  }
}

/** Plans a slice or box of an image; of a mask when type and window are not given. */
function itemPlan (volume: OpenVolume, item: SliceRef | BoxRef, { plane = 'axial', dtype, window, size, pad }: BatchQuery): ArrayPlan | BoxPlan {
  if ('box' in item) return planBox(volume, { box: item.box, pad, dtype, window })
  return planArray(volume, { format: 'raw', plane, index: item.index, orientation: undefined, aspect: undefined, size, dtype, window })
}

function maskPlan (open: ReturnType<typeof opener>, name: 'mask' | 'labels', item: SliceRef | BoxRef, query: BatchQuery, fitsImage: boolean): ItemPlan {
  const { study } = item
  let volume: OpenVolume
  try {
    volume = open(study, name)
  } catch (error) {
    if (query.missingMask === 'zeros' && error instanceof MaskNotFound) return null
    throw error
  }
  if (fitsImage) refuseMisfit(open(study, 'image'), volume)
  return itemPlan(volume, item, { ...query, dtype: undefined, window: undefined })
}

function arrayOf (name: ArrayName, dtype: WireDtype, shape: readonly number[], plans: readonly ItemPlan[]): BatchArray {
  const itemBytes = shape.reduce((product, size) => product * size, WIRE_BYTES[dtype])
  const zeros = plans.includes(null) ? new Uint8Array(itemBytes) : undefined
  return {
    name,
    dtype,
    shape: [plans.length, ...shape],
    length: plans.length * itemBytes,
    parts: plans.map((plan, n) => {
      if (plan === null) return { before: zeros!.subarray() }
      const explain = (error: Error) => named(`items.${n}`, error)
      return 'ranges' in plan ? { box: plan, explain } : { slice: plan, explain }
    })
  }
}

function differs (n: number, parameter: string, itemDetail: string, detail: string): InvalidRequest {
  return new InvalidRequest([{ parameter: `items.${n}`, detail: itemDetail }, { parameter, detail }])
}

function naming<Result> (n: number, plan: () => Result): Result {
  try {
    return plan()
  } catch (error) {
    throw named(`items.${n}`, error as Error)
  }
}
