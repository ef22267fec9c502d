import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Target } from '../client.js'
import type { Dataset } from '../dataset.js'
import { cacheNote, cpuNotes, perSecond, withServerCpu } from '../figures.js'
import { startNginx } from '../nginx.js'
import { LARGE_CACHE_BYTES, serve } from '../niiserve.js'
import { WORKSPACE } from '../paths.js'
import { interleaved } from '../rounds.js'
import type { Bench, Scenario } from '../scenario.js'
import { peerTarget, randomSlices, rawTarget, type SliceOf } from '../slices.js'

const CONNECTIONS = 16
const SECONDS = 3
const WARM_SECONDS = 6
/** One answer in so many is checked by CRC-32; all by length. More would make the client slower than it is. */
const CHECK_EVERY = 61

/** Slices that are decoded already, against nginx sending the same bytes from files: the speed of the wire. */
export const hotSlices: Scenario = {
  name: 'hot',
  title: `hot raw slices, ${CONNECTIONS} connections`,
  async run (bench) {
    const dataset = await bench.fullSize()
    const slices = hotSet(dataset)
    const ours = await serve(dataset, LARGE_CACHE_BYTES)
    const nginx = await bench.peer('nginx', async () => await startNginx(await sliceFiles(dataset, slices)))
    const contender = (server: typeof ours, targets: Target[]) => async () =>
      await withServerCpu(server, async () => await bench.client.perform({
        port: server.port, connections: CONNECTIONS, targets, seconds: SECONDS * bench.scale, checkEvery: CHECK_EVERY
      }))
    const ourTargets = slices.map((slice) => rawTarget(dataset, slice))
    await warm(bench, ours.port, ourTargets)
    const results = await interleaved(bench.rounds, {
      ours: contender(ours, ourTargets),
      nginx: nginx && contender(nginx, slices.map((slice) => peerTarget(dataset, slice)))
    })
    return [{
      what: `hot raw slice, ${CONNECTIONS} connections, against nginx`,
      unit: 'requests/s',
      better: 'more',
      ours: perSecond(results.ours),
      peer: perSecond(results.nginx),
      least: 1.1,
      meant: 1.3,
      note: `${cpuNotes({ ours: results.ours, nginx: results.nginx })}; cache: ${cacheNote(results.ours)}`
    }]
  }
}

/** The slices of two volumes, in random order: 43 MB, more than any CPU cache, less than ours. */
export function hotSet (dataset: Dataset): SliceOf[] {
  const hot = new Set(dataset.studies.slice(0, 2))
  return randomSlices(dataset, 1).filter(({ study }) => hot.has(study))
}

/** Of 984 slices: of slices one at a time, one in twenty takes 3.7 ms or more after one pass, 2.2 after two, 1.85 after four. */
const WARM_PASSES = 4

/**
 * Ask a server for everything, over and over in the order in which it will be asked for later: after it V8 has compiled
 * what is hot, as in a service that runs all day, and none of what comes first is still in a cache that is smaller than
 * it all.
 */
export async function warmCold (bench: Bench, port: number, targets: Target[]): Promise<void> {
  for (let pass = 0; pass < Math.ceil(WARM_PASSES * bench.scale); pass++) {
    await bench.client.perform({ port, connections: 1, targets, checkEvery: 61, capacity: 2 ** 20 })
  }
}

/**
 * Ask for everything twice, every byte checked, and then as fast as it goes for a while: after it, all is decoded, and
 * V8 has compiled what is hot, which takes it some ten thousand requests.
 */
export async function warm (bench: Bench, port: number, targets: Target[]): Promise<void> {
  await bench.client.perform({ port, connections: 2, targets: [...targets, ...targets], checkEvery: 1 })
  await bench.client.perform({ port, connections: CONNECTIONS, targets, seconds: WARM_SECONDS * bench.scale, checkEvery: CHECK_EVERY })
}

/** The raw slices as files, for nginx to send. */
export async function sliceFiles (dataset: Dataset, slices: readonly SliceOf[]): Promise<string> {
  const root = join(WORKSPACE, 'slice-files')
  const voxels = new Map<string, Buffer>()
  for (const { study, index } of slices) {
    const all = voxels.get(study.id) ?? await readFile(study.voxels)
    voxels.set(study.id, all)
    await mkdir(join(root, 'slices', study.id), { recursive: true })
    await writeFile(join(root, 'slices', study.id, `${index}.raw`), all.subarray(index * dataset.sliceBytes, (index + 1) * dataset.sliceBytes))
  }
  return root
}
