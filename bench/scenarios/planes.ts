import { readFile } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import type { JobResult, Target } from '../client.js'
import type { BenchStudy, Dataset } from '../dataset.js'
import { LARGE_CACHE_BYTES, serve } from '../niiserve.js'
import { shuffled } from '../random.js'
import { interleaved } from '../rounds.js'
import type { Row, Scenario } from '../scenario.js'
import { rawTarget } from '../slices.js'
import { median } from '../stats.js'
import { warm } from './hot-slices.js'

const SLICES_A_ROUND = 200
/** Each picture once: a hot volume, but a picture that is not ready. There are 41 axial ones in a volume. */
const PICTURES_A_ROUND = 8
const PNG_BYTES_AT_MOST = 1024 * 1024

/** Across the stored order, from memory: one client, times of coronal beside those of axial slices. */
export const planes: Scenario = {
  name: 'planes',
  title: 'coronal beside axial, hot volume, one client',
  async run (bench) {
    const dataset = await bench.fullSize()
    const study = dataset.studies[0] as BenchStudy
    const ours = await serve(dataset, LARGE_CACHE_BYTES)
    const count = Math.ceil(SLICES_A_ROUND * bench.scale)
    const axial = study.sliceCrc32.map((_, index) => rawTarget(dataset, { study, index }))
    const coronal = await coronalTargets(dataset, study)
    await warm(bench, ours.port, [...axial, ...coronal.slice(0, 50)])
    const ask = async (targets: Target[]): Promise<JobResult> =>
      await bench.client.perform({ port: ours.port, connections: 1, targets, checkEvery: 1, capacity: PNG_BYTES_AT_MOST })
    const some = (targets: Target[], round: number): Target[] => Array.from({ length: count }, (_, n) => targets[(round * count + n) % targets.length] as Target)
    const picture = (plane: string, round: number): Target[] => {
      const all = shuffled(Array.from({ length: plane === 'axial' ? dataset.shape[2] : dataset.shape[1] }, (_, index) => index), 7)
      return all.slice(round * PICTURES_A_ROUND, (round + 1) * PICTURES_A_ROUND)
        .map((index) => ({ path: `/v1/studies/${study.id}/image/slices/${index}.png?plane=${plane}` }))
    }
    const slices = await interleaved(bench.rounds, {
      coronal: async (round) => await ask(some(coronal, round)),
      axial: async (round) => await ask(some(axial, round))
    })
    // As many rounds as give every picture once at most.
    const pictures = await interleaved(Math.min(bench.rounds, Math.floor(dataset.shape[2] / PICTURES_A_ROUND)), {
      coronal: async (round) => await ask(picture('coronal', round)),
      axial: async (round) => await ask(picture('axial', round))
    })
    const row = (what: string, { coronal, axial }: Record<'coronal' | 'axial', JobResult[]>): Row => ({
      what: `${what} of a hot volume: coronal (ours) against axial (peer), p50`,
      unit: 'ms',
      better: 'less',
      ours: coronal.map(({ lastByteMs }) => median(lastByteMs)),
      peer: axial.map(({ lastByteMs }) => median(lastByteMs)),
      least: 0.5
    })
    return [row('raw slice', slices), row('PNG, not asked for before,', pictures)]
  }
}

/** Coronal slice j is `[k, i]`: row j of every axial slice, one after the other. */
async function coronalTargets (dataset: Dataset, study: BenchStudy): Promise<Target[]> {
  const voxels = await readFile(study.voxels)
  const [columns, rows, slices] = dataset.shape
  const rowBytes = columns * 2
  return Array.from({ length: rows }, (_, j) => {
    let crc = 0
    for (let k = 0; k < slices; k++) {
      const at = k * dataset.sliceBytes + j * rowBytes
      crc = crc32(voxels.subarray(at, at + rowBytes), crc)
    }
    return { path: `/v1/studies/${study.id}/image/slices/${j}.raw?plane=coronal`, bytes: slices * rowBytes, crc32: crc }
  })
}
