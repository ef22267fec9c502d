import type { JobResult } from '../client.js'
import { cacheNote } from '../figures.js'
import { startReader, startWholeInflate, type InProcess } from '../in-process.js'
import { serve, SMALL_CACHE_BYTES } from '../niiserve.js'
import { interleaved } from '../rounds.js'
import type { Row, Scenario } from '../scenario.js'
import { inFile, partOf, randomSlices, rawTarget } from '../slices.js'
import { median, p95 } from '../stats.js'
import { warmCold } from './hot-slices.js'

/** Fifteen of them are slower than the p95: of a hundred it would be five, which is how many the first ones after a pause are. */
const SLICES_A_ROUND = 300
/** Whole inflates take twenty times as long and vary little: fewer will do. */
const INFLATES_A_ROUND = 10

/**
 * Slices that nobody has asked for, one at a time, from a dataset eight times the cache: over HTTP, every
 * byte in the client's memory, against readers that have the files on their own disk and no network at all.
 */
export const coldSlices: Scenario = {
  name: 'cold',
  title: 'cold random slices, one client',
  async run (bench) {
    const dataset = await bench.fullSize()
    const count = Math.ceil(SLICES_A_ROUND * bench.scale)
    const few = Math.ceil(INFLATES_A_ROUND * bench.scale)
    const slices = randomSlices(dataset, 2)
    const ours = await serve(dataset, SMALL_CACHE_BYTES)
    const reader = (name: string, begin: () => Promise<InProcess>) => bench.peer(name, begin)
    const peers = {
      tuned: await reader('indexed_gzip, tuned', () => startReader(dataset, 'tuned')),
      open: await reader('nibabel + indexed_gzip as installed', () => startReader(dataset, 'open')),
      load: await reader('nibabel, nib.load for each slice', () => startReader(dataset, 'load')),
      python: await reader('whole inflate, Python', () => startReader(dataset, 'inflate')),
      node: await reader('whole inflate, Node', () => startWholeInflate())
    }
    await warmCold(bench, ours.port, slices.map((slice) => rawTarget(dataset, slice)))
    const asked: JobResult[] = []
    const contender = (peer: InProcess | undefined, each: number) => peer && (async (round: number) =>
      await peer.perform({ slices: partOf(slices, round, count).slice(0, each).map((slice) => inFile(dataset, slice)) }))
    const ms = await interleaved<'ours' | keyof typeof peers, number[]>(bench.rounds, {
      ours: async (round) => {
        const targets = partOf(slices, round, count).map((slice) => rawTarget(dataset, slice))
        const result = await bench.client.perform({ port: ours.port, connections: 1, targets, checkEvery: 1 })
        asked.push(result)
        return result.lastByteMs
      },
      tuned: contender(peers.tuned, count),
      open: contender(peers.open, count),
      load: contender(peers.load, few),
      python: contender(peers.python, few),
      node: contender(peers.node, few)
    })
    const against = (peer: keyof typeof peers, name: string, limits: Partial<Row> = {}): Row => ({
      what: `cold slice over HTTP, p50, against ${name}`,
      unit: 'ms',
      better: 'less',
      ours: ms.ours.map(median),
      peer: ms[peer].map(median),
      ...limits
    })
    return [
      against('tuned', 'tuned indexed_gzip in process', { least: 1.1, meant: 1.5, note: `cache: ${cacheNote(asked)}` }),
      against('open', 'nibabel + indexed_gzip as installed, images open', { least: 9, meant: 12 }),
      against('load', 'the same, nib.load for each slice'),
      against('python', 'a whole inflate by Python'),
      against('node', 'a whole inflate by Node'),
      {
        what: 'cold slice over HTTP, p95 as a multiple of its p50',
        unit: '×',
        better: 'less',
        ours: ms.ours.map((each) => p95(each) / median(each)),
        least: 2,
        meant: 1.5,
        note: `p95: ours ${median(ms.ours.map(p95)).toFixed(2)} ms, tuned indexed_gzip ${median(ms.tuned.map(p95)).toFixed(2)} ms`
      }
    ]
  }
}
