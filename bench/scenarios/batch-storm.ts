import { setTimeout } from 'node:timers/promises'
import { Connection, wireOf } from '../connection.js'
import { serve, SMALL_CACHE_BYTES } from '../niiserve.js'
import { pssBytes } from '../process-tree.js'
import type { Scenario } from '../scenario.js'
import { randomSlices } from '../slices.js'
import { median, p95 } from '../stats.js'
import { batchTargets } from './hot-batches.js'

const BATCH = 256
const DIFFERENT_BATCHES = 8
const CLIENTS = 16
const SECONDS = 120
const SAMPLE_MS = 100
const HEALTH_BYTES = 4096
const MIB = 1024 * 1024

/** More than the machine can do, for two minutes: nobody gets an error but a 503 that says when to come again, and the service lives. */
export const batchStorm: Scenario = {
  name: 'batch-storm',
  title: `${CLIENTS} clients, random batches of ${BATCH}`,
  async run (bench) {
    const dataset = await bench.fullSize()
    const targets = await batchTargets(dataset, randomSlices(dataset, 8), DIFFERENT_BATCHES, BATCH)
    const ours = await serve(dataset, SMALL_CACHE_BYTES)
    const seen = { healthMs: [] as number[], highest: 0 }
    const watching = new AbortController()
    const watched = watch(ours, seen, watching.signal)
    const result = await bench.client.perform({
      port: ours.port, connections: CLIENTS, targets, seconds: SECONDS * bench.scale, checkEvery: 4, capacity: (BATCH + 1) * dataset.sliceBytes, patient: true
    })
    watching.abort()
    await watched
    return [
      {
        what: `/healthz, the slowest while ${CLIENTS} clients ask for batches of ${BATCH}`,
        unit: 'ms',
        better: 'less',
        ours: [Math.max(...seen.healthMs)],
        least: 50,
        note: `${seen.healthMs.length} asked, p50 ${median(seen.healthMs).toFixed(1)} ms, p95 ${p95(seen.healthMs).toFixed(1)} ms; ` +
          `${result.requests} batches in ${result.seconds.toFixed(0)} s, ${(result.requests * BATCH / result.seconds).toFixed(0)} slices/s, ${result.refused} times 503 with Retry-After, no other error`
      },
      { what: 'PSS at its highest meanwhile, CACHE_BYTES 64 MiB', unit: 'MB', better: 'less', ours: [seen.highest / MIB], least: 64 + 600 }
    ]
  }
}

async function watch (server: { port: number, pid: number }, seen: { healthMs: number[], highest: number }, signal: AbortSignal): Promise<void> {
  const connection = new Connection(server.port, HEALTH_BYTES)
  while (!signal.aborted) {
    const { status, lastByteMs } = await connection.request(wireOf('/healthz'))
    if (status !== 200) throw new Error(`/healthz says ${status}`)
    seen.healthMs.push(lastByteMs)
    seen.highest = Math.max(seen.highest, pssBytes(server.pid))
    await setTimeout(SAMPLE_MS)
  }
  connection.close()
}
