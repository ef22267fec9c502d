import { join } from 'node:path'
import { indexFolder } from '../fastapi.js'
import { perSecond, withServerCpu, type Measured } from '../figures.js'
import { LineProcess } from '../line-process.js'
import { startNginx } from '../nginx.js'
import { serve, SMALL_CACHE_BYTES } from '../niiserve.js'
import { CHECKOUT, PEERS } from '../paths.js'
import { start } from '../processes.js'
import { interleaved } from '../rounds.js'
import type { Scenario } from '../scenario.js'
import { inFile, partOf, randomSlices, rawTarget } from '../slices.js'
import { median } from '../stats.js'
import { peersPython } from '../tools.js'
import { freePort } from '../../test/support/free-ports.js'

const ROUND_TRIP_MS = 25
const CLIENTS = 64
const SLICES_A_ROUND = 640

interface PeerResult { ms: number[], problems: string[], seconds: number, cpuSeconds: number }

/** The files are behind HTTP, a round trip of 25 ms away: nginx, and a proxy that delays every byte, for both sides. */
export const remote: Scenario = {
  name: 'remote',
  title: `cold random slices of files ${ROUND_TRIP_MS} ms away, ${CLIENTS} clients`,
  async run (bench) {
    const dataset = await bench.fullSize()
    const count = Math.ceil(SLICES_A_ROUND * bench.scale)
    const slices = randomSlices(dataset, 5)
    const nginx = await bench.peer('nginx', async () => await startNginx(dataset.root))
    if (nginx === undefined) return []
    const port = await freePort()
    start('delay proxy', process.execPath, ['--import', 'tsx', join(CHECKOUT, 'bench', 'delay-proxy.ts'), String(port), String(nginx.port), String(ROUND_TRIP_MS)])
    const root = `http://127.0.0.1:${port}/`
    const ours = await serve({ ...dataset, name: `${dataset.name}-remote`, root }, SMALL_CACHE_BYTES)
    const peer = await bench.peer('fsspec + tuned indexed_gzip', async () => {
      const reader = new LineProcess('read_remote.py', await peersPython(), [join(PEERS, 'read_remote.py'), await indexFolder(dataset)], { env: { PYTHONDONTWRITEBYTECODE: '1' } })
      await reader.ask({ prepare: dataset.studies.map(({ file }) => file) })
      return reader
    })
    const gets = async () => Number(/^niiserve_store_gets_total (\d+)/m.exec(await (await fetch(`http://127.0.0.1:${ours.port}/metrics`)).text())?.[1])
    await bench.client.perform({ port: ours.port, connections: CLIENTS, targets: slices.map((slice) => rawTarget(dataset, slice)), checkEvery: 8 })
    const before = await gets()
    const results: { ours: Measured[], peer: PeerResult[] } = { ours: [], peer: [] }
    await interleaved<'ours' | 'peer', unknown>(bench.rounds, {
      ours: async (round) => results.ours.push(await withServerCpu(ours, async () => await bench.client.perform({
        port: ours.port, connections: CLIENTS, targets: partOf(slices, round, count).map((slice) => rawTarget(dataset, slice)), checkEvery: 8
      }))),
      peer: peer && (async (round: number) => {
        const job = { threads: CLIENTS, slices: partOf(slices, round, count).map((slice) => ({ ...inFile(dataset, slice), url: root + slice.study.file.slice(dataset.root.length + 1) })) }
        const result = await peer.ask<PeerResult>(job)
        if (result.problems.length > 0) throw new Error(`fsspec reads wrongly: ${result.problems[0]}`)
        results.peer.push(result)
      })
    })
    const asked = results.ours.reduce((sum, { requests }) => sum + requests, 0)
    const misses = results.ours.reduce((sum, { cache }) => sum + Object.entries(cache).reduce((total, [state, times]) => total + (state === 'hit' ? 0 : times), 0), 0)
    const cpuMs = (cpu: number, requests: number) => (cpu / requests * 1000).toFixed(2)
    return [{
      what: `cold slices ${ROUND_TRIP_MS} ms away, ${CLIENTS} clients, against fsspec + tuned indexed_gzip in ${CLIENTS} threads`,
      unit: 'slices/s',
      better: 'more',
      ours: perSecond(results.ours),
      ...(peer !== undefined && { peer: results.peer.map(({ ms, seconds }) => ms.length / seconds) }),
      least: 1,
      meant: 1.5,
      note: `p50 ${median(results.ours.map(({ lastByteMs }) => median(lastByteMs))).toFixed(0)} ms, peer ${median(results.peer.map(({ ms }) => median(ms))).toFixed(0)} ms; ` +
        `${((await gets() - before) / misses).toFixed(2)} GETs for a slice that is not in memory (${misses} of ${asked}); ` +
        `CPU a slice ${cpuMs(results.ours.reduce((sum, one) => sum + one.serverCpuSeconds, 0), asked)} ms, peer ${cpuMs(results.peer.reduce((sum, one) => sum + one.cpuSeconds, 0), results.peer.reduce((sum, { ms }) => sum + ms.length, 0))} ms`
    }]
  }
}
