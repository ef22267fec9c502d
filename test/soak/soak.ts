// A long mixed load on a real server, every sampled answer compared with node:zlib: `npm run soak`.
// SOAK_SECONDS (600; CI has 50), SOAK_CLIENTS (6), SOAK_SEED (1). Ends with 1 when memory grows, an answer is wrong or a 5xx is not one of the contract's.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { ctVolume } from '../faults/ct-dataset.js'
import { Random } from '../fuzz/fuzzing.js'
import { builtCli, start } from '../support/built-cli.js'
import { makeDataset } from '../support/test-dataset.js'
import { askSomething } from './requests.js'
import type { KnownStudy } from './requests.js'
import { VerifiedClient } from './verified-client.js'

const SECONDS = Number(process.env['SOAK_SECONDS'] ?? 600)
const CLIENTS = Number(process.env['SOAK_CLIENTS'] ?? 6)
const SEED = Number(process.env['SOAK_SEED'] ?? 1)

const SHAPE = [256, 256, 40] as const
const STUDIES = 14
/** Half of what the studies take decoded, so that slices turn cold again. */
const CACHE_BYTES = 36 * 2 ** 20
/**
 * What the process may hold more at the end than after its warm-up. Over a short run, too, the heap goes up and down by
 * some 30 MiB; 48 are what leaking one slice in every 20 requests comes to in 75 s. Slower leaks only a long run sees.
 */
const GROWTH_MIB = SECONDS < 300 ? 48 : 64
/** Until caches are full and threads have met every kind of work. */
const WARM_UP = 0.25

const cleanups: Array<() => unknown> = []
const { root, image, mask } = makeDataset({ after: (clean) => cleanups.push(clean) }, [
  ...Array.from({ length: STUDIES }, (_, n) => ({
    image: ctVolume(SHAPE, n + 1),
    ...(n % 3 === 0 && { mask: { shape: SHAPE, datatype: 'uint8' as const, voxels: (i: number, j: number, k: number) => (i ^ j) > 8 * k ? 1 : 0 } })
  })),
  { id: 'broken_0001', image: Buffer.from('no volume') },
  { id: 'missing_0001', image: null }
])
const known: KnownStudy[] = Array.from({ length: STUDIES }, (_, n) => {
  const id = `study_${String(n + 1).padStart(4, '0')}`
  const voxelsOf = (path: string) => gunzipSync(readFileSync(path)).subarray(352)
  return { id, voxels: voxelsOf(image(id)), mask: n % 3 === 0 ? voxelsOf(mask(id)) : null }
})

const folder = mkdtempSync(join(tmpdir(), 'niiserve-soak-'))
cleanups.push(() => rmSync(folder, { recursive: true }))
const { child, ended } = start(process.execPath, [builtCli(), 'serve'], {
  DATA_ROOT: root, CATALOG_FILE: join(folder, 'catalog.sqlite'), PORT: '0', CACHE_BYTES: String(CACHE_BYTES), LOG_LEVEL: 'error'
})
const origin = await new Promise<string>((resolve, reject) => {
  child.stdout!.on('data', (text) => { const found = /http:\/\/[\d.:]+/.exec(String(text)); if (found !== null) resolve(found[0]) })
  ended.then(({ output }) => reject(new Error(`the server ended: ${output}`)), reject)
})

const health = new VerifiedClient(origin)
while (JSON.parse((await health.ask('ready', '/v1/dataset'))!.body.toString()).catalog.state !== 'ready') await pause(100)

const random = new Random(SEED)
const compared = { count: 0 }
const failures = new Map<string, number>()
const rssMib: number[] = []
const healthMs: number[] = []
const until = performance.now() + SECONDS * 1000
const isOver = () => performance.now() > until || child.exitCode !== null

const clients = Array.from({ length: CLIENTS }, () => new VerifiedClient(origin))
const fail = (error: unknown) => {
  const text = String((error as Error).message).slice(0, 300)
  failures.set(text, (failures.get(text) ?? 0) + 1)
}
await Promise.all([
  ...clients.map(async (client) => {
    while (!isOver()) await askSomething({ client, studies: known, shape: SHAPE, below: (below) => random.below(below), compared }).catch(fail)
  }),
  (async () => {
    for (; !isOver(); await pause(100)) {
      const before = performance.now()
      await health.ask('health', '/healthz').then((answer) => { if (answer!.status !== 200) fail(new Error(`/healthz: ${answer!.status}`)) }, fail)
      healthMs.push(performance.now() - before)
    }
  })(),
  (async () => {
    for (; !isOver(); await pause(1000)) {
      const [, kib] = /VmRSS:\s*(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? []
      rssMib.push(Number(kib) / 1024)
    }
  })()
])

const crashed = child.exitCode !== null
child.kill('SIGTERM')
const { code, output } = await ended
for (const client of [health, ...clients]) client.close()
for (const clean of cleanups) await clean()

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN
const quantile = (values: readonly number[], q: number) => values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))] ?? NaN
const warm = rssMib.slice(Math.floor(rssMib.length * WARM_UP))
const part = Math.max(1, Math.floor(warm.length / 4))
const growth = median(warm.slice(-part)) - median(warm.slice(0, part))
const counts = new Map<string, number>()
for (const client of clients) for (const [kind, count] of client.counts) counts.set(kind, (counts.get(kind) ?? 0) + count)
const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
const step = Math.max(1, Math.floor(rssMib.length / 30))

console.log(`${total} requests of ${CLIENTS} clients in ${SECONDS} s (seed ${SEED}): ${[...counts].map(([kind, count]) => `${kind} ${count}`).join(', ')}`)
console.log(`${compared.count} answers compared with node:zlib, byte for byte`)
console.log(`/healthz: p50 ${quantile(healthMs, 0.5).toFixed(1)} ms, p99 ${quantile(healthMs, 0.99).toFixed(1)} ms, worst ${Math.max(...healthMs).toFixed(1)} ms of ${healthMs.length}`)
console.log(`RSS in MiB, every ${step} s: ${rssMib.filter((_, n) => n % step === 0).map(Math.round).join(' ')}`)
console.log(`RSS after warm-up grew by ${growth.toFixed(1)} MiB; up to ${GROWTH_MIB} are allowed`)
for (const [text, count] of failures) console.log(`${count} x ${text}`)
if (crashed || code !== 0) console.log(`the server ended with ${code}: ${output.slice(-2000)}`)

const checks: ReadonlyArray<[what: string, holds: boolean]> = [
  ['every answer is what it must be, and no 5xx is one of ours', failures.size === 0],
  // Refusals under load are allowed, but a soak of refusals would have checked nothing.
  ['more than half of the answers were compared with the file', compared.count > total / 2],
  [`memory stays flat, within ${GROWTH_MIB} MiB`, growth <= GROWTH_MIB],
  ['the server lives to the end, and ends with 0', !crashed && code === 0]
]
for (const [what, holds] of checks) console.log(`${holds ? '✔' : '✖'} ${what}`)
const passed = checks.filter(([, holds]) => holds).length
console.log(`${passed} passed, ${checks.length - passed} failed, 0 skipped`)
process.exit(passed === checks.length ? 0 : 1)
