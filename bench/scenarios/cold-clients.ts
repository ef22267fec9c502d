import { startSlicesApp } from '../fastapi.js'
import { cacheNote, cpuNotes, perSecond, withServerCpu } from '../figures.js'
import { serve, SMALL_CACHE_BYTES } from '../niiserve.js'
import { interleaved } from '../rounds.js'
import type { Scenario } from '../scenario.js'
import { partOf, peerTarget, randomSlices, rawTarget } from '../slices.js'
import { warmCold } from './hot-slices.js'

const CLIENTS = 8
const WORKERS = 2
const SLICES_A_ROUND = 984

/** As many cold slices as the machine gives, against the server that a good researcher would write. */
export const coldClients: Scenario = {
  name: 'cold8',
  title: `cold random slices, ${CLIENTS} clients`,
  async run (bench) {
    const dataset = await bench.fullSize()
    const count = Math.ceil(SLICES_A_ROUND * bench.scale)
    const slices = randomSlices(dataset, 3)
    const ours = await serve(dataset, SMALL_CACHE_BYTES)
    const fastapi = await bench.peer('FastAPI + tuned indexed_gzip', () => startSlicesApp(dataset, WORKERS))
    const contender = (server: typeof ours, targetOf: typeof rawTarget) => async (round: number) =>
      await withServerCpu(server, async () => await bench.client.perform({
        port: server.port,
        connections: CLIENTS,
        targets: partOf(slices, round, count).map((slice) => targetOf(dataset, slice)),
        checkEvery: 8
      }))
    await warmCold(bench, ours.port, slices.map((slice) => rawTarget(dataset, slice)))
    const results = await interleaved(bench.rounds, {
      ours: contender(ours, rawTarget),
      fastapi: fastapi && contender(fastapi, peerTarget)
    })
    return [{
      what: `cold slices, ${CLIENTS} clients, against FastAPI + tuned indexed_gzip, ${WORKERS} workers`,
      unit: 'requests/s',
      better: 'more',
      ours: perSecond(results.ours),
      peer: perSecond(results.fastapi),
      least: 1.3,
      meant: 1.7,
      note: `${cpuNotes({ ours: results.ours, FastAPI: results.fastapi })}; cache: ${cacheNote(results.ours)}`
    }]
  }
}
