import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { Target } from '../client.js'
import { cacheNote, cpuNotes, perSecond, withServerCpu } from '../figures.js'
import { startNginx } from '../nginx.js'
import { LARGE_CACHE_BYTES, serve } from '../niiserve.js'
import { WORKSPACE } from '../paths.js'
import { mustShow } from '../pictures.js'
import { interleaved } from '../rounds.js'
import type { Row, Scenario } from '../scenario.js'
import type { Server } from '../server.js'
import { hotSet, warm } from './hot-slices.js'

const CONNECTIONS = 16
const SECONDS = 3
/** A client that looks at what it gets, as far as a CRC-32 does; and one that only counts bytes, most of the time. */
const CHECK_EVERY = { checked: 1, counted: 61 }
const PICTURES = 64

/** Pictures asked for again, against nginx with the very same files made beforehand. */
export const hotPictures: Scenario = {
  name: 'png-hot',
  title: `hot PNG, ${CONNECTIONS} connections`,
  async run (bench) {
    const dataset = await bench.fullSize()
    const ours = await serve(dataset, LARGE_CACHE_BYTES)
    const root = join(WORKSPACE, 'picture-files')
    const slices = hotSet(dataset).slice(0, PICTURES)
    for (const slice of slices.slice(0, 3)) await mustShow(ours, `/v1/studies/${slice.study.id}/image/slices/${slice.index}.png`, dataset, slice)
    const targets: Target[] = []
    for (const { study, index } of slices) targets.push(await keep(ours, root, `/v1/studies/${study.id}/image/slices/${index}.png`))
    const nginx = await bench.peer('nginx', () => startNginx(root))
    await warm(bench, ours.port, targets)
    const contender = (server: Server, checkEvery: number) => async () =>
      await withServerCpu(server, async () => await bench.client.perform({
        port: server.port, connections: CONNECTIONS, targets, seconds: SECONDS * bench.scale, checkEvery
      }))
    const row = async (checkEvery: number, what: string, limits: Partial<Row> = {}): Promise<Row> => {
      const results = await interleaved(bench.rounds, { ours: contender(ours, checkEvery), nginx: nginx && contender(nginx, checkEvery) })
      return {
        what,
        unit: 'requests/s',
        better: 'more',
        ours: perSecond(results.ours),
        peer: perSecond(results.nginx),
        ...limits,
        note: `${cpuNotes({ ours: results.ours, nginx: results.nginx })}; cache: ${cacheNote(results.ours)}`
      }
    }
    return [
      await row(CHECK_EVERY.checked, `hot PNG, ${CONNECTIONS} connections, every one checked, against nginx with pre-made files`, { least: 0.6 }),
      await row(CHECK_EVERY.counted, `the same, one in ${CHECK_EVERY.counted} checked`)
    ]
  }
}

/** Fetch a picture once and put it where nginx finds it under the same path. */
async function keep (server: Server, root: string, path: string): Promise<Target> {
  const answer = await fetch(`http://127.0.0.1:${server.port}${path}`)
  if (!answer.ok) throw new Error(`${server.name} answers ${path} with ${answer.status}`)
  const bytes = Buffer.from(await answer.arrayBuffer())
  await mkdir(join(root, path, '..'), { recursive: true })
  await writeFile(join(root, path), bytes)
  return { path, bytes: bytes.length, crc32: crc32(bytes) }
}
