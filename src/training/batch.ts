import { createHash } from 'node:crypto'
import type { VolumeKind } from '../catalog/study.js'
import { InvalidRequest, MaskNotFound } from '../errors.js'
import type { Plane } from '../nifti/slice.js'
import { WIRE_BYTES } from '../render/dtype.js'
import type { WireDtype } from '../render/dtype.js'
import type { Extent, SizeSpec } from '../render/size.js'
import type { Window } from '../render/window.js'
import type { OpenVolume, OpenVolumes } from '../volumes/open-volumes.js'
import { planArray, refuseMisfit } from '../views/slice-plan.js'
import type { ArrayPlan } from '../views/slice-plan.js'
import type { Part } from './bulk-reader.js'
import { named } from './named-faults.js'
import type { SliceRef } from './slice-order.js'

export const MAX_ITEMS = 512

export interface BatchQuery {
  items: readonly SliceRef[]
  arrays: readonly VolumeKind[]
  plane: Plane
  dtype: string | undefined
  window: Window | undefined
  size: SizeSpec | undefined
  missingMask: 'error' | 'zeros'
}

/** One array of a batch, [N, rows, columns], worked out before any voxel is read. */
export interface BatchArray {
  name: VolumeKind
  dtype: WireDtype
  shape: [count: number, rows: number, columns: number]
  length: number
  /** one for each item, in the order asked for */
  parts: Part[]
}

/** A slice of a batch: null where the study has no mask, and zeros stand for it. */
type ItemPlan = ArrayPlan | null

/**
 * Plan every item, so that whatever the catalog knows to be wrong is told before the first byte, naming the item.
 *
 * @throws InvalidRequest, StudyNotFound, MaskNotFound, SliceNotFound, VolumeMissing, VolumeUnreadable, CatalogBuilding
 */
export function planBatch (volumes: OpenVolumes, query: BatchQuery): BatchArray[] {
  const open = opener(volumes)
  const { items, arrays } = query
  const masksFitImages = arrays.includes('image')
  const plans = items.map((item, n) => naming(n, () => arrays.map((name) => {
    if (name === 'image') return imagePlan(open(item.study, 'image'), item, query)
    return maskPlan(open, item, query, masksFitImages)
  })))
  // Where zeros stand for a mask and nothing else is asked for, the image tells how many.
  const extents = plans.map((ofItem, n) => ofItem.find((plan) => plan !== null) ?? naming(n, () => imagePlan(open(items[n]!.study, 'image'), items[n]!, { ...query, dtype: undefined, window: undefined })))
  const { rows, columns } = extents[0]!
  for (const [n, extent] of extents.entries()) {
    if (extent.rows !== rows || extent.columns !== columns) throw differs(n, 'size', `is ${extent.rows} x ${extent.columns} and items.0 is ${rows} x ${columns}`, 'is needed where slices differ; such as 256x256')
  }
  return arrays.map((name, of) => {
    const ofArray = plans.map((ofItem) => ofItem[of]!)
    const dtype = ofArray.find((plan) => plan !== null)?.dtype ?? 'uint8'
    for (const [n, plan] of ofArray.entries()) {
      if (plan !== null && plan.dtype !== dtype) throw differs(n, 'dtype', `is ${plan.dtype} and items.0 is ${dtype}`, 'is needed where types differ; such as float32')
    }
    return arrayOf(name, dtype, { rows, columns }, ofArray)
  })
}

/** Changes with any file that the batch is made of, and with what is asked. */
export function batchTag (format: string, arrays: readonly BatchArray[]): string {
  const hash = createHash('sha256').update(format)
  for (const { name, dtype, parts } of arrays) {
    hash.update(`${name}.${dtype}`)
    for (const { slice } of parts) hash.update(slice?.etag ?? 'zeros')
  }
  return `"batch.${hash.digest('hex').slice(0, 32)}"`
}

/** Volumes of one batch: each is looked at once. */
function opener (volumes: OpenVolumes): (study: string, kind: VolumeKind) => OpenVolume {
  const opened = new Map<string, OpenVolume>()
  return (study, kind) => {
    const key = `${kind} ${study}`
    const volume = opened.get(key) ?? volumes.open(study, kind)
    opened.set(key, volume)
    return volume
  }
}

function imagePlan (volume: OpenVolume, { index }: SliceRef, { plane, dtype, window, size }: BatchQuery): ArrayPlan {
  return planArray(volume, { format: 'raw', plane, index, orientation: undefined, aspect: undefined, size, dtype, window })
}

function maskPlan (open: ReturnType<typeof opener>, { study, index }: SliceRef, { plane, size, missingMask }: BatchQuery, fitsImage: boolean): ItemPlan {
  let volume: OpenVolume
  try {
    volume = open(study, 'mask')
  } catch (error) {
    if (missingMask === 'zeros' && error instanceof MaskNotFound) return null
    throw error
  }
  if (fitsImage) refuseMisfit(open(study, 'image'), volume)
  return planArray(volume, { format: 'raw', plane, index, orientation: undefined, aspect: undefined, size, dtype: undefined, window: undefined })
}

function arrayOf (name: VolumeKind, dtype: WireDtype, { rows, columns }: Extent, plans: readonly ItemPlan[]): BatchArray {
  const itemBytes = rows * columns * WIRE_BYTES[dtype]
  const zeros = plans.includes(null) ? new Uint8Array(itemBytes) : undefined
  return {
    name,
    dtype,
    shape: [plans.length, rows, columns],
    length: plans.length * itemBytes,
    parts: plans.map((slice, n) => slice === null ? { before: zeros!.subarray() } : { slice, explain: (error) => named(`items.${n}`, error) })
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
