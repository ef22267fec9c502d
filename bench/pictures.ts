import { open } from 'node:fs/promises'
import sharp from 'sharp'
import type { Dataset } from './dataset.js'
import type { Server } from './server.js'
import type { SliceOf } from './slices.js'

/** The window of all pictures here: lung, the default of niiserve's pictures. */
export const WINDOW = { center: -600, width: 1500 }

/** Fetch a picture, and fail unless it shows the slice: first row anterior, windowed, within one grey level. */
export async function mustShow (server: Server, path: string, dataset: Dataset, slice: SliceOf): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${server.port}${path}`)
  if (!answer.ok) throw new Error(`${server.name} answers ${path} with ${answer.status}: ${await answer.text()}`)
  const { data, info } = await sharp(Buffer.from(await answer.arrayBuffer())).extractChannel(0).raw().toBuffer({ resolveWithObject: true })
  const [columns, rows] = dataset.shape
  if (info.width !== columns || info.height !== rows) throw new Error(`${server.name}: ${path} is ${info.width}×${info.height}`)
  const expected = await greyOf(dataset, slice)
  const worst = data.reduce((most, grey, at) => Math.max(most, Math.abs(grey - (expected[at] ?? 0))), 0)
  if (worst > 1) throw new Error(`${server.name}: ${path} is off by ${worst} grey levels`)
}

/** The slice as a radiologist sees it: the stored rows grow towards anterior (LAS), so they are turned. */
async function greyOf (dataset: Dataset, { study, index }: SliceOf): Promise<Float64Array> {
  const [columns, rows] = dataset.shape
  const bytes = Buffer.alloc(dataset.sliceBytes)
  const file = await open(study.voxels)
  await file.read(bytes, 0, bytes.length, index * dataset.sliceBytes)
  await file.close()
  return Float64Array.from({ length: columns * rows }, (_, at) => {
    const row = rows - 1 - Math.floor(at / columns)
    const hu = bytes.readInt16LE(2 * (row * columns + at % columns))
    return Math.min(255, Math.max(0, (hu - (WINDOW.center - WINDOW.width / 2)) * 255 / WINDOW.width))
  })
}
