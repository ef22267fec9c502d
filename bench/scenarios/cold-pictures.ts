import type { JobResult, Target } from '../client.js'
import { startSlicesApp } from '../fastapi.js'
import { cacheNote } from '../figures.js'
import { serve, SMALL_CACHE_BYTES } from '../niiserve.js'
import { startOrthanc, storeSlices } from '../orthanc.js'
import { mustShow, WINDOW } from '../pictures.js'
import { interleaved } from '../rounds.js'
import type { Row, Scenario } from '../scenario.js'
import type { Server } from '../server.js'
import { partOf, randomSlices, type SliceOf } from '../slices.js'
import { median } from '../stats.js'
import { warmCold } from './hot-slices.js'

const PICTURES_A_ROUND = 50
/** Pictures that are decoded and compared with the voxels before anything is measured. */
const LOOKED_AT = 3
const PNG_BYTES_AT_MOST = 1024 * 1024

/** PNGs that nobody has asked for, one at a time, lung window: FastAPI with Pillow, and Orthanc with DICOM. */
export const coldPictures: Scenario = {
  name: 'png-cold',
  title: 'cold PNG, one client',
  async run (bench) {
    const dataset = await bench.fullSize()
    const count = Math.ceil(PICTURES_A_ROUND * bench.scale)
    const slices = randomSlices(dataset, 5)
    const lookedAt = slices.slice(-LOOKED_AT)
    const asked = [...slices.slice(0, Math.min(count * bench.rounds, slices.length)), ...lookedAt]
    const servers = {
      ours: await serve(dataset, SMALL_CACHE_BYTES),
      fastapi: await bench.peer('FastAPI + tuned indexed_gzip + Pillow', () => startSlicesApp(dataset, 1)),
      orthanc: await bench.peer('Orthanc', () => startOrthanc())
    }
    const instances = new Map<SliceOf, string>()
    if (servers.orthanc !== undefined) {
      const ids = await storeSlices(servers.orthanc.port, dataset, asked)
      asked.forEach((slice, n) => instances.set(slice, ids[n] as string))
    }
    const paths: Record<keyof typeof servers, (slice: SliceOf) => string> = {
      ours: ({ study, index }) => `/v1/studies/${study.id}/image/slices/${index}.png`,
      fastapi: ({ study, index }) => `/slices/${study.id}/${index}.png`,
      orthanc: (slice) => `/instances/${instances.get(slice) ?? ''}/rendered?window-center=${WINDOW.center}&window-width=${WINDOW.width}`
    }
    const contender = (name: keyof typeof servers, server: Server | undefined) => server && (async (round: number) => {
      const targets = partOf(slices, round, count).map((slice): Target => ({ path: paths[name](slice) }))
      return await bench.client.perform({ port: server.port, connections: 1, targets, checkEvery: 1, capacity: PNG_BYTES_AT_MOST })
    })
    for (const [name, server] of Object.entries(servers) as Array<[keyof typeof servers, Server | undefined]>) {
      if (server === undefined) continue
      for (const slice of lookedAt) await mustShow(server, paths[name](slice), dataset, slice)
    }
    // Of another window: no picture that is measured was ever asked for.
    await warmCold(bench, servers.ours.port, slices.map((slice) => ({ path: `${paths.ours(slice)}?window=bone` })))
    const results = await interleaved(bench.rounds, {
      ours: contender('ours', servers.ours),
      fastapi: contender('fastapi', servers.fastapi),
      orthanc: contender('orthanc', servers.orthanc)
    })
    const ms = (jobs: JobResult[]): number[] => jobs.map(({ lastByteMs }) => median(lastByteMs))
    const kilobytes = (jobs: JobResult[]): number[] => jobs.map(({ bytes, requests }) => bytes / requests / 1000)
    return (['fastapi', 'orthanc'] as const).flatMap((peer): Row[] => {
      const name = peer === 'fastapi' ? 'FastAPI + tuned indexed_gzip + Pillow' : 'Orthanc'
      return [
        { what: `cold PNG, p50, against ${name}`, unit: 'ms', better: 'less', ours: ms(results.ours), peer: ms(results[peer]), least: 2, meant: 4, note: `cache: ${cacheNote(results.ours)}` },
        { what: `size of a PNG, against ${name} (at most 1.15 × its)`, unit: 'kB', better: 'less', ours: kilobytes(results.ours), peer: kilobytes(results[peer]), least: 1 / 1.15 }
      ]
    })
  }
}
