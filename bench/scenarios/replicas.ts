import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { perSecond, cpuNotes, cacheNote, withServerCpu } from '../figures.js'
import { publish, serve, serveReplica, SMALL_CACHE_BYTES } from '../niiserve.js'
import { CHECKOUT, WORKSPACE } from '../paths.js'
import { ready, start } from '../processes.js'
import { interleaved } from '../rounds.js'
import type { Bench, Scenario } from '../scenario.js'
import type { Server } from '../server.js'
import { partOf, randomSlices, rawTarget } from '../slices.js'
import { program } from '../tools.js'
import { freePorts } from '../../test/support/free-ports.js'
import { hotSet, warm, warmCold } from './hot-slices.js'

/** As many as deploy/haproxy.cfg names. */
const REPLICAS = 3
const CLIENTS = 8
const HOT_CONNECTIONS = 16
const HOT_SECONDS = 3
const SLICES_A_ROUND = 984

/**
 * Three replicas of a published catalog behind HAProxy as deploy/ configures it, against one process that is asked directly;
 * all on the same two cores. So it says what the way through the balancer costs, and what three caches save.
 */
export const replicas: Scenario = {
  name: 'replicas',
  title: `${REPLICAS} replicas behind HAProxy, against one process`,
  async run (bench) {
    const dataset = await bench.fullSize()
    const haproxy = await bench.peer('HAProxy', async () => program('haproxy', 'apt-get install haproxy'))
    if (haproxy === undefined) return []
    const folder = join(WORKSPACE, 'published')
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder, { recursive: true })
    const one = await serve(dataset, SMALL_CACHE_BYTES)
    await publish(dataset, folder)
    const servers: Server[] = []
    for (let n = 0; n < REPLICAS; n++) servers.push(await serveReplica(dataset, folder, SMALL_CACHE_BYTES))
    const [port, stats] = await freePorts(2) as [number, number]
    const balancer = start('haproxy', haproxy, ['-q', '-f', join(CHECKOUT, 'deploy', 'haproxy.cfg')], {
      env: { LISTEN: `127.0.0.1:${port}`, STATS: `127.0.0.1:${stats}`, ...Object.fromEntries(servers.map((server, n) => [`REPLICA_${n + 1}`, `127.0.0.1:${server.port}`])) }
    })
    await ready(balancer, `http://127.0.0.1:${port}/v1/dataset`)

    const together = [balancer, ...servers]
    const measured = async (serving: typeof one | typeof together, job: Parameters<Bench['client']['perform']>[0]) =>
      await withServerCpu(serving, async () => await bench.client.perform(job))

    const hot = hotSet(dataset).map((slice) => rawTarget(dataset, slice))
    for (const to of [port, one.port]) await warm(bench, to, hot)
    const hotJob = (to: number) => ({ port: to, connections: HOT_CONNECTIONS, targets: hot, seconds: HOT_SECONDS * bench.scale, checkEvery: 61 })
    const hotResults = await interleaved(bench.rounds, { behind: async () => await measured(together, hotJob(port)), alone: async () => await measured(one, hotJob(one.port)) })

    const slices = randomSlices(dataset, 9)
    const count = Math.ceil(SLICES_A_ROUND * bench.scale)
    for (const to of [port, one.port]) await warmCold(bench, to, slices.map((slice) => rawTarget(dataset, slice)))
    const coldJob = (to: number, round: number) => ({ port: to, connections: CLIENTS, targets: partOf(slices, round, count).map((slice) => rawTarget(dataset, slice)), checkEvery: 8 })
    const coldResults = await interleaved(bench.rounds, { behind: async (round) => await measured(together, coldJob(port, round)), alone: async (round) => await measured(one, coldJob(one.port, round)) })

    return [{
      what: `hot raw slice, ${HOT_CONNECTIONS} connections, through HAProxy to ${REPLICAS} replicas, against one process`,
      unit: 'requests/s',
      better: 'more',
      ours: perSecond(hotResults.behind),
      peer: perSecond(hotResults.alone),
      note: cpuNotes({ 'replicas and HAProxy': hotResults.behind, 'one process': hotResults.alone })
    }, {
      what: `random slices, ${CLIENTS} clients, through HAProxy to ${REPLICAS} replicas of 64 MiB, against one process of 64 MiB`,
      unit: 'requests/s',
      better: 'more',
      ours: perSecond(coldResults.behind),
      peer: perSecond(coldResults.alone),
      note: `${cpuNotes({ 'replicas and HAProxy': coldResults.behind, 'one process': coldResults.alone })}; cache: replicas ${cacheNote(coldResults.behind)}; one process ${cacheNote(coldResults.alone)}`
    }]
  }
}
