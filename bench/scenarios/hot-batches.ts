import { readFile } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import type { JobResult, Target } from '../client.js'
import type { Dataset } from '../dataset.js'
import { cpuNotes, withServerCpu } from '../figures.js'
import { LARGE_CACHE_BYTES, serve } from '../niiserve.js'
import { interleaved } from '../rounds.js'
import type { Scenario } from '../scenario.js'
import { partOf, rawTarget, type SliceOf } from '../slices.js'
import { hotSet, warm } from './hot-slices.js'

const BATCH = 32
const DIFFERENT_BATCHES = 12
const CONNECTIONS = 4
const SECONDS = 3
const MIB = 1024 * 1024

/** Batches of slices that are decoded already, against the same slices one by one: bytes a second of each. */
export const hotBatches: Scenario = {
  name: 'batch-hot',
  title: `hot batches of ${BATCH}, ${CONNECTIONS} connections`,
  async run (bench) {
    const dataset = await bench.fullSize()
    const slices = hotSet(dataset)
    const ours = await serve(dataset, LARGE_CACHE_BYTES)
    const single = slices.map((slice) => rawTarget(dataset, slice))
    const batches = await batchTargets(dataset, slices, DIFFERENT_BATCHES, BATCH)
    await warm(bench, ours.port, single)
    const contender = (targets: Target[], checkEvery: number) => async () =>
      await withServerCpu(ours, async () => await bench.client.perform({
        port: ours.port, connections: CONNECTIONS, targets, seconds: SECONDS * bench.scale, checkEvery, capacity: (BATCH + 1) * dataset.sliceBytes
      }))
    await bench.client.perform({ port: ours.port, connections: 1, targets: batches, checkEvery: 1, capacity: (BATCH + 1) * dataset.sliceBytes })
    const results = await interleaved(bench.rounds, { batches: contender(batches, 11), single: contender(single, 61) })
    const speed = (jobs: JobResult[]): number[] => jobs.map(({ bytes, seconds }) => bytes / seconds / MIB)
    return [{
      what: `hot batch of ${BATCH} (ours) against single hot slices (peer), ${CONNECTIONS} connections`,
      unit: 'MiB/s',
      better: 'more',
      ours: speed(results.batches),
      peer: speed(results.single),
      least: 0.6,
      note: cpuNotes({ batch: results.batches, slice: results.single })
    }]
  }
}

/** Batches of `size` of the slices; the last bytes of the answer must be theirs, one slice after the other. */
export async function batchTargets (dataset: Dataset, slices: readonly SliceOf[], batches: number, size: number): Promise<Target[]> {
  const voxels = new Map<string, Buffer>()
  const targets: Target[] = []
  for (let batch = 0; batch < batches; batch++) {
    const items = partOf(slices, batch, size)
    let crc = 0
    for (const { study, index } of items) {
      const all = voxels.get(study.id) ?? await readFile(study.voxels)
      voxels.set(study.id, all)
      crc = crc32(all.subarray(index * dataset.sliceBytes, (index + 1) * dataset.sliceBytes), crc)
    }
    targets.push({
      path: '/v1/batches.safetensors',
      body: JSON.stringify({ items: items.map(({ study, index }) => ({ study: study.id, index })) }),
      tail: size * dataset.sliceBytes,
      crc32: crc
    })
  }
  return targets
}
