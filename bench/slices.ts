import type { Target } from './client.js'
import type { BenchStudy, Dataset } from './dataset.js'
import { shuffled } from './random.js'

/** An axial slice of the image, by its place in the dataset. */
export interface SliceOf { study: BenchStudy, index: number }

/** Every axial slice of a dataset, each once, in an order that the seed decides. */
export function randomSlices (dataset: Dataset, seed: number): SliceOf[] {
  return shuffled(dataset.studies.flatMap((study) => study.sliceCrc32.map((_, index) => ({ study, index }))), seed)
}

/** Slice `count * round` and the next `count`: rounds share no slice until the dataset is used up. */
export function partOf (slices: readonly SliceOf[], round: number, count: number): SliceOf[] {
  return Array.from({ length: count }, (_, n) => slices[(round * count + n) % slices.length] as SliceOf)
}

/** niiserve's URL of a raw slice, and the bytes that must come. */
export function rawTarget (dataset: Dataset, { study, index }: SliceOf): Target {
  return {
    path: `/v1/studies/${study.id}/image/slices/${index}.raw`,
    bytes: dataset.sliceBytes,
    crc32: study.sliceCrc32[index] as number
  }
}

/** The same slice as a peer serves it, under the path it has there. */
export function peerTarget (dataset: Dataset, slice: SliceOf, extension = 'raw'): Target {
  return { ...rawTarget(dataset, slice), path: `/slices/${slice.study.id}/${slice.index}.${extension}` }
}

/** A slice as the in-process peers get it (peers/read_slices.py). */
export function inFile (dataset: Dataset, { study, index }: SliceOf): Record<string, string | number> {
  return {
    file: study.file,
    index,
    offset: dataset.voxelOffset + index * dataset.sliceBytes,
    bytes: dataset.sliceBytes,
    crc32: study.sliceCrc32[index] as number
  }
}

/** The same slice as a DICOM frame, alone and as HU in int16: upside down for a volume that grows to the front, so its CRC is not the slice's. */
export async function frameTargets (port: number, dataset: Dataset, slices: readonly SliceOf[]): Promise<Target[]> {
  const ask = async (path: string) => await (await fetch(`http://127.0.0.1:${port}/dicomweb${path}`)).json() as Array<Record<string, { Value?: unknown[] }>>
  const instances = new Map<string, string[]>()
  for (const id of new Set(slices.map(({ study }) => study.id))) {
    const found = await ask(`/instances?PatientID=${id}&Modality=CT`)
    const text = (one: (typeof found)[number], tag: string) => String(one[tag]?.Value?.[0])
    instances.set(id, found.map((one) => `/dicomweb/studies/${text(one, '0020000D')}/series/${text(one, '0020000E')}/instances/${text(one, '00080018')}/frames/1?accept=application/octet-stream`))
  }
  return slices.map(({ study, index }) => ({ path: instances.get(study.id)![index]!, bytes: dataset.sliceBytes }))
}
