import { VolumeMissing } from '../errors.js'
import { workerData } from 'node:worker_threads'
import { move, transferableSymbol, valueSymbol } from 'piscina'
import { datatypeNamed } from '../nifti/datatype.js'
import type { TypedArray } from '../nifti/datatype.js'
import { gatherSlice } from '../nifti/slice.js'
import { copyGrid } from '../nifti/strided.js'
import { castSlice } from '../render/cast.js'
import { drawSheetLegend, drawTile } from '../render/montage.js'
import { encodePng } from '../render/png.js'
import { renderArray } from '../render/slice-array.js'
import { renderPicture } from '../render/slice-picture.js'
import type { SlicePixels } from '../render/slice-pixels.js'
import type { Source } from '../storage/object-store.js'
import { FetchedFile } from '../storage/fetched-file.js'
import { openStore } from '../storage/open-store.js'
import { decodeSlabs, readHead } from './decode.js'
import { loadSlabs } from './load.js'
import { outcomeOf } from './faults.js'
import type { Outcome } from './faults.js'
import { sayLoaded } from './loaded.js'
import type { ArrayTask, BoxTask, CropTask, DecodeTask, GatherTask, HeadTask, LoadTask, PaintTask, PictureTask, SheetTask, SliceVoxels, ThreadSetup, TileTask } from './tasks.js'

// One thread of the pool: each export is a kind of work. It reads files and the arena, never the catalog.

const { store: spec, arena } = workerData as ThreadSetup
const store = openStore(spec)

/** @returns the time it took in this thread */
export async function decode (task: DecodeTask): Promise<Outcome<{ decodeMs: number }>> {
  return await outcomeOf(() => {
    const start = performance.now()
    withSource(task, (source) => decodeSlabs(source, arena, task))
    return { decodeMs: performance.now() - start }
  })
}

/** @returns the time it took in this thread */
export async function paint ({ clear, layers }: PaintTask): Promise<Outcome<{ decodeMs: number }>> {
  return await outcomeOf(() => {
    const start = performance.now()
    for (const { offset, bytes } of clear) new Uint8Array(arena, offset, bytes).fill(0)
    for (const layer of layers) withSource(layer, (source) => decodeSlabs(source, arena, layer))
    return { decodeMs: performance.now() - start }
  })
}

/** @returns the time it took in this thread */
export async function load (task: LoadTask): Promise<Outcome<{ decodeMs: number }>> {
  return await outcomeOf(() => {
    const start = performance.now()
    loadSlabs(arena, task)
    return { decodeMs: performance.now() - start }
  })
}

export async function head (task: HeadTask): Promise<Outcome<Uint8Array>> {
  return await bytesOutcome(() => withSource(task, (source) => readHead(source, task)))
}

/** Hold a task's file open while `use` reads it. @throws VolumeMissing; CatalogBuilding when it has changed */
function withSource<Value> ({ key, state, fetched }: Pick<DecodeTask, 'key' | 'state' | 'fetched'>, use: (source: Source) => Value): Value {
  if (fetched !== undefined) return use(new FetchedFile(state, fetched))
  const source = store.open(key, state)
  if (source === undefined) throw new VolumeMissing(`${key} is not there.`)
  try {
    return use(source)
  } finally {
    source.close()
  }
}

export async function gather ({ geometry, datatype, slabs, into, place }: GatherTask): Promise<Outcome<null>> {
  return await outcomeOf(() => {
    const part = voxelsOf({ geometry, datatype, slabs })
    const slice = datatypeNamed(datatype).view(into, 0, into.byteLength / part.BYTES_PER_ELEMENT)
    copyGrid(slice, { ...place, columnStride: 1 }, part, { start: 0, rowStride: geometry.columns, columnStride: 1 }, geometry.rows, geometry.columns)
    return null
  })
}

export async function array ({ voxels, kind, scaling, spec }: ArrayTask): Promise<Outcome<Uint8Array>> {
  return await bytesOutcome(() => renderArray(pixelsOf(voxels, kind, scaling), spec))
}

export async function picture ({ voxels, kind, scaling, spec, mask }: PictureTask): Promise<Outcome<Uint8Array>> {
  return await bytesOutcome(async () => {
    const overlay = mask === null ? undefined : voxelsOf(mask)
    return await renderPicture(pixelsOf(voxels, kind, scaling), spec, overlay)
  })
}

export async function tile ({ sheet, extent, place, number, voxels, kind, scaling, spec, mask }: TileTask): Promise<Outcome<null>> {
  return await outcomeOf(() => {
    const overlay = mask === null ? {} : { mask: voxelsOf(mask) }
    drawTile({ ...extent, pixels: new Uint8Array(sheet) }, { pixels: pixelsOf(voxels, kind, scaling), number, ...overlay }, place, spec)
    return null
  })
}

export async function sheet ({ sheet, extent, spec }: SheetTask): Promise<Outcome<Uint8Array>> {
  return await bytesOutcome(() => {
    const canvas = { ...extent, pixels: new Uint8Array(sheet) }
    drawSheetLegend(canvas, spec)
    return encodePng({ ...canvas, text: spec.text })
  })
}

export async function box ({ i, j, ...task }: BoxTask): Promise<Outcome<Uint8Array>> {
  return await bytesOutcome(() => boxOf(i, j, task))
}

export async function crop ({ slabs, i, j, padding, ...task }: CropTask): Promise<Outcome<Uint8Array>> {
  return await bytesOutcome(() => {
    const [ni, nj] = task.shape
    const [columns, rows] = [i[1] - i[0], j[1] - j[0]]
    const insideI: BoxTask['i'] = [Math.max(0, i[0]), Math.min(ni, i[1])]
    const insideJ: BoxTask['j'] = [Math.max(0, j[0]), Math.min(nj, j[1])]
    const answer = Buffer.alloc(slabs.length * rows * columns * padding.length, padding)
    const lineBytes = (insideI[1] - insideI[0]) * padding.length
    for (const [plane, { offset }] of slabs.entries()) {
      const inside = boxOf(insideI, insideJ, { ...task, offset, count: 1 })
      for (let row = insideJ[0]; row < insideJ[1]; row++) {
        const at = ((plane * rows + row - j[0]) * columns + insideI[0] - i[0]) * padding.length
        answer.set(inside.subarray((row - insideJ[0]) * lineBytes, (row - insideJ[0] + 1) * lineBytes), at)
      }
    }
    return answer
  })
}

/** A box that lies wholly inside the volume, cast. */
function boxOf (i: BoxTask['i'], j: BoxTask['j'], { offset, count, shape: [ni, nj], datatype, scaling, dtype, window }: Omit<BoxTask, 'i' | 'j'>): Uint8Array {
  const whole = viewOf(datatype, offset, ni * nj * count)
  const [columns, rows] = [i[1] - i[0], j[1] - j[0]]
  const part = new (whole.constructor as new (length: number) => TypedArray)(rows * columns * count)
  for (let k = 0; k < count; k++) {
    copyGrid(part, { start: k * rows * columns, rowStride: columns, columnStride: 1 }, whole, { start: k * ni * nj + i[0] + j[0] * ni, rowStride: ni, columnStride: 1 }, rows, columns)
  }
  const cast = castSlice(part, scaling, dtype, window ?? undefined)
  return new Uint8Array(cast.buffer, cast.byteOffset, cast.byteLength)
}

function pixelsOf (voxels: SliceVoxels, kind: SlicePixels['kind'], scaling: SlicePixels['scaling']): SlicePixels {
  const { rows, columns, pixelMm, labels } = voxels.geometry
  return { stored: voxelsOf(voxels), rows, columns, kind, scaling, pixelMm, ...(labels !== null && { labels }) }
}

function voxelsOf (voxels: SliceVoxels): TypedArray {
  const { geometry, datatype } = voxels
  const { shape, rows, columns } = geometry
  if ('gathered' in voxels) return datatypeNamed(datatype).view(voxels.gathered, 0, rows * columns)
  const offsets = new Map(voxels.slabs.map(({ k, offset }) => [k, offset]))
  return gatherSlice(geometry, (k) => viewOf(datatype, offsets.get(k)!, shape[0] * shape[1]))
}

function viewOf (datatype: SliceVoxels['datatype'], offset: number, length: number): TypedArray {
  return datatypeNamed(datatype).view(arena, offset, length)
}

/** Run work whose result is bytes, and transfer them without a copy. Part of a larger or shared buffer is copied first. */
async function bytesOutcome (work: () => Uint8Array | Promise<Uint8Array>): Promise<Outcome<Uint8Array>> {
  const outcome = await outcomeOf(async () => owned(await work()))
  if ('fault' in outcome) return outcome
  // Piscina transfers only a top-level buffer, unless it is told which buffer to transfer and which value to send.
  return move({ [transferableSymbol]: outcome.value.buffer, [valueSymbol]: outcome } as unknown as ArrayBuffer) as unknown as Outcome<Uint8Array>
}

function owned (bytes: Uint8Array): Uint8Array {
  return bytes.buffer instanceof ArrayBuffer && bytes.buffer.byteLength === bytes.byteLength ? bytes : Uint8Array.from(bytes)
}

sayLoaded()
