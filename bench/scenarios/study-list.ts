import { isDeepStrictEqual } from 'node:util'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startStudiesApp } from '../fastapi.js'
import { cpuNotes, perSecond, withServerCpu } from '../figures.js'
import { LARGE_CACHE_BYTES, serve } from '../niiserve.js'
import { WORKSPACE } from '../paths.js'
import { interleaved } from '../rounds.js'
import type { Scenario } from '../scenario.js'
import type { Server } from '../server.js'

const CONNECTIONS = 16
const SECONDS = 2
const LIST_BYTES_AT_MOST = 4 * 1024 * 1024

interface Page { items: unknown[], total: number, nextCursor: string | null }

/** The list of 100 studies of 1110, against FastAPI + SQLite with the same rows. */
export const studyList: Scenario = {
  name: 'list',
  title: `list of 100 studies, ${CONNECTIONS} connections`,
  async run (bench) {
    const ours = await serve(await bench.many(), LARGE_CACHE_BYTES)
    const fastapi = await bench.peer('FastAPI + SQLite', async () => await startStudiesApp(await allStudies(ours)))
    const paths = { ours: '/v1/studies?limit=100', fastapi: '/studies?limit=100' }
    if (fastapi !== undefined) mustAgree(await page(ours, paths.ours), await page(fastapi, paths.fastapi))
    const contender = (server: Server, path: string) => async () =>
      await withServerCpu(server, async () => await bench.client.perform({
        port: server.port, connections: CONNECTIONS, targets: [{ path }], seconds: SECONDS * bench.scale, checkEvery: 1, capacity: LIST_BYTES_AT_MOST
      }))
    const results = await interleaved(bench.rounds, {
      ours: contender(ours, paths.ours),
      fastapi: fastapi && contender(fastapi, paths.fastapi)
    })
    return [{
      what: 'list of 100 studies, against FastAPI + SQLite',
      unit: 'requests/s',
      better: 'more',
      ours: perSecond(results.ours),
      peer: perSecond(results.fastapi),
      least: 3,
      meant: 12,
      note: cpuNotes({ ours: results.ours, FastAPI: results.fastapi })
    }]
  }
}

/** Every study as our own list gives it, in a file: the rows of the peer's table. */
async function allStudies (server: Server): Promise<string> {
  const items: unknown[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const { items: more, nextCursor }: Page = await page(server, `/v1/studies?limit=1000${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`)
    items.push(...more)
    cursor = nextCursor
  }
  const file = join(WORKSPACE, 'peer-studies.json')
  await writeFile(file, JSON.stringify(items))
  return file
}

async function page (server: Server, path: string): Promise<Page> {
  const answer = await fetch(`http://127.0.0.1:${server.port}${path}`)
  if (!answer.ok) throw new Error(`${server.name} answers ${path} with ${answer.status}`)
  return await answer.json() as Page
}

function mustAgree (ours: Page, peer: Page): void {
  if (ours.items.length !== 100) throw new Error(`the list has ${ours.items.length} studies, not 100`)
  if (ours.total !== peer.total || !isDeepStrictEqual(ours.items, peer.items)) throw new Error('the peer lists other studies')
}
