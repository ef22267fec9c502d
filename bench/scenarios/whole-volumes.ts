import { dirname, relative } from 'node:path'
import type { JobResult, Target } from '../client.js'
import type { BenchStudy, Dataset } from '../dataset.js'
import { cacheNote } from '../figures.js'
import { startDownload } from '../in-process.js'
import { startNginx } from '../nginx.js'
import { serve, SMALL_CACHE_BYTES } from '../niiserve.js'
import { interleaved } from '../rounds.js'
import type { Bench, Row, Scenario } from '../scenario.js'
import { median } from '../stats.js'

const VOLUMES_A_ROUND = 4

type Times = Pick<JobResult, 'lastByteMs' | 'firstByteMs' | 'cache'>

/** All voxels of a volume nobody has asked for, against downloading the `.nii.gz` and decoding it at home. */
export const wholeVolumes: Scenario = {
  name: 'volume',
  title: 'whole volumes, cold, one client',
  async run (bench) {
    const dataset = await bench.fullSize()
    const count = Math.max(1, Math.round(VOLUMES_A_ROUND * bench.scale))
    const volumeBytes = dataset.sliceBytes * dataset.shape[2]
    const volumes = (round: number): BenchStudy[] =>
      Array.from({ length: count }, (_, n) => dataset.studies[(round * count + n) % dataset.studies.length] as BenchStudy)
    const fileOf = ({ file }: BenchStudy): string => `/${relative(dirname(dirname(dirname(file))), file)}`
    const ours = await serve(dataset, SMALL_CACHE_BYTES)
    const nginx = await bench.peer('nginx', () => startNginx(dataset.root))
    const python = nginx && await bench.peer('download + decode, Python', () => startDownload())
    const ask = async (port: number, targets: Target[]) =>
      await bench.client.perform({ port, connections: 1, targets, checkEvery: 1 })
    await warmVolumes(bench, ours.port, dataset)
    const results = await interleaved<'ours' | 'node' | 'python', Times>(bench.rounds, {
      ours: async (round) => await ask(ours.port, volumes(round).map((study) =>
        ({ path: `/v1/studies/${study.id}/image.raw`, bytes: volumeBytes, crc32: study.voxelsCrc32 }))),
      node: nginx && (async (round) => await ask(nginx.port, volumes(round).map((study) =>
        ({ path: fileOf(study), bytes: study.fileBytes, crc32: study.fileCrc32, gunzip: true, decodedOffset: dataset.voxelOffset, decodedCrc32: study.voxelsCrc32 })))),
      python: python && (async (round) => ({
        lastByteMs: await python.perform({
          port: nginx?.port,
          volumes: volumes(round).map((study) => ({ path: fileOf(study), offset: dataset.voxelOffset, crc32: study.voxelsCrc32 }))
        }),
        firstByteMs: [],
        cache: {}
      }))
    })
    const oursMs = results.ours.map(({ lastByteMs }) => median(lastByteMs))
    const against = (name: string, peer: number[], limits: Partial<Row>): Row =>
      ({ what: `whole volume, cold, against download + decode by ${name}`, unit: 'ms', better: 'less', ours: oursMs, peer, ...limits })
    return [
      against('Node', results.node.map(({ lastByteMs }) => median(lastByteMs)),
        { least: 1.6, meant: 2.8, note: `cache: ${cacheNote(results.ours)}; the faster of the two decoders is the peer that counts` }),
      against('Python', results.python.map(({ lastByteMs }) => median(lastByteMs)), { least: 1.6, meant: 2.8 }),
      { what: 'whole volume, cold, first byte', unit: 'ms', better: 'less', ours: results.ours.map(({ firstByteMs }) => median(firstByteMs)), meant: 10 }
    ]
  }
}

/** The last volumes, which no round asks for, a few times over: V8 compiles what is hot, and they are all that is decoded. */
async function warmVolumes (bench: Bench, port: number, dataset: Dataset): Promise<void> {
  const targets = dataset.studies.slice(-VOLUMES_A_ROUND).map(({ id }) => ({ path: `/v1/studies/${id}/image.raw`, bytes: dataset.sliceBytes * dataset.shape[2] }))
  await bench.client.perform({ port, connections: 1, targets: Array.from({ length: 5 }, () => targets).flat(), checkEvery: 61 })
}
