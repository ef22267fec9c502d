import { SMALL_CACHE_BYTES, serve } from '../niiserve.js'
import { interleaved } from '../rounds.js'
import type { Scenario } from '../scenario.js'
import { frameTargets, partOf, randomSlices, rawTarget } from '../slices.js'
import { median } from '../stats.js'
import { warmCold } from './hot-slices.js'

const SLICES_A_ROUND = 200

/** Slices that nobody has asked for, as a viewer fetches them by DICOMweb and as a reader by the array API: one road, two doors. */
export const dicomFrames: Scenario = {
  name: 'dicom-frame',
  title: 'cold random frames by DICOMweb, one client',
  async run (bench) {
    const dataset = await bench.fullSize()
    const count = Math.ceil(SLICES_A_ROUND * bench.scale)
    // Each round takes two parts: a slice that was asked for at one door would be in the cache at the other.
    const slices = randomSlices(dataset, 5)
    const { port } = await serve(dataset, SMALL_CACHE_BYTES)
    const frames = new Map((await frameTargets(port, dataset, slices)).map((target, n) => [slices[n]!, target]))
    await warmCold(bench, port, slices.map((slice) => rawTarget(dataset, slice)))
    const perform = async (targets: ReturnType<typeof rawTarget>[]) => (await bench.client.perform({ port, connections: 1, targets, checkEvery: 1 })).lastByteMs
    const ms = await interleaved<'frame' | 'raw', number[]>(bench.rounds, {
      frame: async (round) => await perform(partOf(slices, 2 * round, count).map((slice) => frames.get(slice)!)),
      raw: async (round) => await perform(partOf(slices, 2 * round + 1, count).map((slice) => rawTarget(dataset, slice)))
    })
    return [{
      what: 'cold DICOM frame, p50, as a multiple of a cold raw slice',
      unit: '×',
      better: 'less',
      ours: ms.frame.map((each, n) => median(each) / median(ms.raw[n]!)),
      least: 1.2,
      meant: 1.1,
      note: `frame ${median(ms.frame.map(median)).toFixed(2)} ms, raw slice ${median(ms.raw.map(median)).toFixed(2)} ms`
    }]
  }
}
