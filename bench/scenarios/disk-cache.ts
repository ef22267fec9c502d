import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { startNginx } from '../nginx.js'
import { serve, SMALL_CACHE_BYTES } from '../niiserve.js'
import { WORKSPACE } from '../paths.js'
import { interleaved } from '../rounds.js'
import type { Scenario } from '../scenario.js'
import { partOf, peerTarget, randomSlices, rawTarget } from '../slices.js'
import { median } from '../stats.js'
import { sliceFiles, warmCold } from './hot-slices.js'

const SLICES_A_ROUND = 300
/** Room for every slice of the dataset. */
const DISK_BYTES = 2 ** 30

/** The second epoch: every slice was decoded once and is on the local disk, an eighth of them in memory; against files of decoded slices. */
export const diskCache: Scenario = {
  name: 'disk-cache',
  title: 'slices that are in the disk cache, one client',
  async run (bench) {
    const dataset = await bench.fullSize()
    const count = Math.ceil(SLICES_A_ROUND * bench.scale)
    const slices = randomSlices(dataset, 6)
    const folder = join(WORKSPACE, 'disk-cache')
    await rm(folder, { recursive: true, force: true })
    const ours = await serve(dataset, SMALL_CACHE_BYTES, { DISK_CACHE_BYTES: String(DISK_BYTES), DISK_CACHE_DIR: folder })
    const nginx = await bench.peer('nginx', async () => await startNginx(await sliceFiles(dataset, slices)))
    const figure = async (name: string) => Number(new RegExp(`^${name} (\\d+)`, 'm').exec(await (await fetch(`http://127.0.0.1:${ours.port}/metrics`)).text())?.[1])
    await warmCold(bench, ours.port, slices.map((slice) => rawTarget(dataset, slice)))
    const before = await figure('niiserve_disk_cache_hits_total')
    const contender = (port: number, targetOf: typeof rawTarget) => async (round: number) =>
      await bench.client.perform({ port, connections: 1, targets: partOf(slices, round, count).map((slice) => targetOf(dataset, slice)), checkEvery: 1 })
    const results = await interleaved(bench.rounds, {
      ours: contender(ours.port, rawTarget),
      nginx: nginx && contender(nginx.port, peerTarget)
    })
    const asked = results.ours.reduce((sum, { requests }) => sum + requests, 0)
    return [{
      what: 'slice from the disk cache over HTTP, p50, against nginx serving decoded slices as files',
      unit: 'ms',
      better: 'less',
      ours: results.ours.map(({ lastByteMs }) => median(lastByteMs)),
      peer: results.nginx.map(({ lastByteMs }) => median(lastByteMs)),
      least: 0.67,
      meant: 0.8,
      note: `${((await figure('niiserve_disk_cache_hits_total') - before) / asked * 100).toFixed(0)} % from the disk cache, the rest from memory`
    }]
  }
}
