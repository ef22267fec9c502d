// 24 clients ask for everything at once while the cache holds less than what they ask for: HAMMER_SECONDS (60), HAMMER_SEED (1).
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { Random } from '../fuzz/fuzzing.js'
import { askSomething } from '../soak/requests.js'
import type { KnownStudy } from '../soak/requests.js'
import { assertRight, VerifiedClient } from '../soak/verified-client.js'
import { builtCli, start } from '../support/built-cli.js'
import { makeDataset } from '../support/test-dataset.js'
import { ctVolume } from './ct-dataset.js'

const SECONDS = Number(process.env['HAMMER_SECONDS'] ?? 60)
const SEED = Number(process.env['HAMMER_SEED'] ?? 1)
const CLIENTS = 24
const CACHE_BYTES = 64 * 2 ** 20
const SHAPE = [256, 256, 40] as const
/** Decoded, a fifth more than the cache holds. */
const STUDIES = 16
/** Slices of 420 bytes, of 24 bytes, and of 8 KiB: of the first, an answer of one slab once broke in its middle. */
const THIN = [[7, 30, 9], [4, 3, 6000], [64, 64, 600]] as const

it(`${CLIENTS} clients of a small cache get whole answers, and no 5xx but 503 and unreadable files`, { timeout: (SECONDS + 120) * 1000 }, async (t) => {
  const mask = (n: number) => n % 3 === 0 && { mask: { shape: SHAPE, datatype: 'uint8' as const, voxels: (i: number, j: number, k: number) => (i ^ j) > 8 * k ? 1 : 0 } }
  const { root, image, mask: maskFile } = makeDataset(t, [
    ...Array.from({ length: STUDIES }, (_, n) => ({ image: ctVolume(SHAPE, n + 1), ...mask(n) })),
    ...THIN.map((shape, n) => ({ id: `thin_${n}`, image: { shape, voxels: (i: number, j: number, k: number) => (i + 31 * j + 977 * k) % 4000 - 1024 } })),
    { id: 'broken_0001', image: Buffer.from('no volume') },
    { id: 'missing_0001', image: null }
  ])
  const voxelsOf = (path: string) => gunzipSync(readFileSync(path)).subarray(352)
  const studies: KnownStudy[] = Array.from({ length: STUDIES }, (_, n) => {
    const id = `study_${String(n + 1).padStart(4, '0')}`
    return { id, voxels: voxelsOf(image(id)), mask: n % 3 === 0 ? voxelsOf(maskFile(id)) : null }
  })
  const thin = THIN.map((shape, n) => ({ id: `thin_${n}`, shape, voxels: voxelsOf(image(`thin_${n}`)) }))
  const folder = mkdtempSync(join(tmpdir(), 'niiserve-hammer-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const { child, ended } = start(process.execPath, [builtCli(), 'serve'], {
    DATA_ROOT: root, CATALOG_FILE: join(folder, 'catalog.sqlite'), PORT: '0', CACHE_BYTES: String(CACHE_BYTES), LOG_LEVEL: 'error'
  })
  t.after(() => child.kill('SIGKILL'))
  const origin = await new Promise<string>((resolve, reject) => {
    child.stdout!.on('data', (text) => { const found = /http:\/\/[\d.:]+/.exec(String(text)); if (found !== null) resolve(found[0]) })
    ended.then(({ output }) => reject(new Error(`the server ended: ${output}`)), reject)
  })
  const clients = Array.from({ length: CLIENTS }, () => new VerifiedClient(origin))
  t.after(() => { for (const client of clients) client.close() })
  while (JSON.parse((await clients[0]!.ask('ready', '/v1/dataset'))!.body.toString()).catalog.state !== 'ready') await pause(100)

  const random = new Random(SEED)
  const below = (most: number) => random.below(most)
  const compared = { count: 0 }
  const failures = new Map<string, number>()
  const whole = async (client: VerifiedClient) => {
    const { id, voxels } = studies[below(STUDIES)]!
    const answer = await client.ask('whole volume', `/v1/studies/${id}/image.raw`, { manner: below(6) === 0 ? 'slowly' : 'whole' })
    if (assertRight(answer!, voxels, id)) compared.count++
  }
  const scaled = async (client: VerifiedClient) => {
    const { id, voxels } = studies[below(STUDIES)]!
    const answer = await client.ask('whole volume as float32', `/v1/studies/${id}/image.raw?dtype=float32`)
    if (answer!.status !== 200) return assertRight(answer!, voxels, id)
    assert.ok(Buffer.from(Int16Array.from(new Float32Array(Uint8Array.from(answer!.body).buffer)).buffer).equals(voxels), `${id} as float32`)
    compared.count++
  }
  const thinVolume = async (client: VerifiedClient) => {
    const { id, shape: [ni, nj, nk], voxels } = thin[below(THIN.length)]!
    const j = below(nj)
    const coronal = below(2) === 0
    const answer = await client.ask('thin slabs', coronal ? `/v1/studies/${id}/image/slices/${j}.raw?plane=coronal` : `/v1/studies/${id}/image.raw`)
    const expected = coronal ? Buffer.concat(Array.from({ length: nk }, (_, k) => voxels.subarray((k * nj + j) * ni * 2, (k * nj + j + 1) * ni * 2))) : voxels
    if (assertRight(answer!, expected, `${id} ${coronal ? `coronal ${j}` : 'whole'}`)) compared.count++
  }
  const until = performance.now() + SECONDS * 1000
  await Promise.all(clients.map(async (client) => {
    while (performance.now() < until && child.exitCode === null) {
      const ask = [whole, scaled, thinVolume][below(6)] ?? (async () => await askSomething({ client, studies, shape: SHAPE, below, compared }))
      await ask(client).catch((error: Error) => failures.set(error.message.slice(0, 300), (failures.get(error.message.slice(0, 300)) ?? 0) + 1))
    }
  }))

  assert.equal(child.exitCode, null, 'the server lives')
  child.kill('SIGTERM')
  const { code } = await ended
  const total = clients.reduce((sum, { counts }) => [...counts.values()].reduce((all, count) => all + count, sum), 0)
  t.diagnostic(`${total} requests, ${compared.count} answers compared byte for byte`)
  assert.deepEqual([...failures], [])
  assert.equal(code, 0)
  // A hammer of refusals would have checked nothing.
  assert.ok(compared.count > total / 3, `${compared.count} of ${total} answers were compared`)
})
