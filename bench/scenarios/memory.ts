import { cacheNote } from '../figures.js'
import { serve, SMALL_CACHE_BYTES } from '../niiserve.js'
import { pssBytes } from '../process-tree.js'
import type { Scenario } from '../scenario.js'
import { partOf, randomSlices, rawTarget } from '../slices.js'

const SLICES = 20_000
const CLIENTS = 8
const SAMPLE_MS = 500
const MIB = 1024 * 1024

/** What the process weighs after 20,000 random slices, and at its heaviest, with a cache of 64 MiB. */
export const memory: Scenario = {
  name: 'memory',
  title: 'memory after 20,000 random slices',
  async run (bench) {
    const dataset = await bench.fullSize()
    const count = Math.ceil(SLICES * bench.scale)
    const slices = randomSlices(dataset, 4)
    const ours = await serve(dataset, SMALL_CACHE_BYTES)
    const atStart = pssBytes(ours.pid)
    let highest = atStart
    const sampler = setInterval(() => { highest = Math.max(highest, pssBytes(ours.pid)) }, SAMPLE_MS)
    try {
      const targets = partOf(slices, 0, count).map((slice) => rawTarget(dataset, slice))
      const result = await bench.client.perform({ port: ours.port, connections: CLIENTS, targets, checkEvery: 16 })
      const after = pssBytes(ours.pid)
      return [{
        what: `PSS after ${count.toLocaleString('en')} random slices, CACHE_BYTES 64 MiB`,
        unit: 'MB',
        better: 'less',
        ours: [after / MIB],
        least: 64 + 250,
        meant: 64 + 150,
        note: `at start ${Math.round(atStart / MIB)}, highest seen ${Math.round(Math.max(highest, after) / MIB)}; cache: ${cacheNote([result])}`
      }]
    } finally {
      clearInterval(sampler)
    }
  }
}
