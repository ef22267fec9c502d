// Predictions that mean harm, sent to a real server: each gets its problem, and the memory of the process stays bounded.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { npyHeader } from '../../src/render/npy.js'
import { builtCli, start } from '../support/built-cli.js'
import { makeNifti } from '../support/make-nifti.js'
import type { NiftiRecipe } from '../support/make-nifti.js'
import { makeDataset } from '../support/test-dataset.js'

const MIB = 2 ** 20
const SHAPE = [512, 512, 46] as const
const VOXELS = SHAPE[0] * SHAPE[1] * SHAPE[2]
const SFORM = [[-0.7, 0, 0, 180], [0, 0.7, 0, -180], [0, 0, 8, -1100]]
const like: NiftiRecipe = { shape: SHAPE, sform: SFORM, pixdim: [0.7, 0.7, 8], datatype: 'uint8' }
const lesion = makeNifti({ ...like, voxels: (i, j, k) => Number(i > 100 && i < 300 && j > 150 && j < 350 && k > 10 && k < 30) })

/**
 * What scoring may take above a server that has scored once. A score takes 300 MB, of which two are computed at a time; a body
 * has 64 MiB, twice that while its pieces are joined, and those that arrive or wait have 256 MiB.
 */
const MOST_MIB = { oneByOne: 300 + 2 * 64, together: 2 * 300 + 2 * 256 }

/** A few hundred kilobytes of gzip that inflate to this many MiB of zeros: members one after the other are one stream (RFC 1952, 2.2). */
const zeros = (mib: number) => Buffer.concat(Array(mib / 64).fill(gzipSync(Buffer.alloc(64 * MIB))))
/** A mask with the header of the reference, some of whose fields lie. */
const lying = (fields: NiftiRecipe['fields']) => gzipSync(makeNifti({ ...like, shape: [4, 4, 4], fields: { dim: [3, ...SHAPE, 1, 1, 1, 1], ...fields } }))
const npy = (values: Uint8Array) => Buffer.concat([npyHeader('|u1', [...SHAPE].reverse()), values])
const noise = (of: (i: number, j: number, k: number) => number) => npy(Uint8Array.from({ length: VOXELS }, (_, n) => of(n % 512, Math.floor(n / 512) % 512, Math.floor(n / 512 / 512))))

const OCTETS = 'application/octet-stream'
const MASK = '/v1/studies/study_0001/mask/scores.json'
const GRADES = '/v1/scores/severity.json'

/** Between the pieces of a body that has no end. */
const PAUSE_MS = 10

interface Sent { path: string, type: string, body: Buffer, times?: number, says: string }

/** `says`: the code of the problem; or `scored`, with the voxels that are found. `times`: the body is sent that often, without a length before it. */
const HOSTILE: Record<string, () => Sent> = {
  'a bomb behind a header that is right': () => ({ path: MASK, type: OCTETS, body: Buffer.concat([gzipSync(lesion), zeros(64 * 1024)]), says: 'prediction-unreadable' }),
  'a bomb that has no header': () => ({ path: MASK, type: OCTETS, body: zeros(64 * 1024), says: 'prediction-unreadable' }),
  'a header that promises 200 TB': () => ({ path: MASK, type: OCTETS, body: lying({ dim: [3, 30000, 30000, 30000, 1, 1, 1, 1], datatype: 64, bitpix: 64 }), says: 'body-too-large' }),
  'an .npy that promises 200 TB': () => ({ path: MASK, type: OCTETS, body: Buffer.from(npyHeader('<f8', [30000, 30000, 30000])), says: 'body-too-large' }),
  'a header that promises voxels which do not come': () => ({ path: MASK, type: OCTETS, body: lying({}), says: 'prediction-unreadable' }),
  'a header whose voxels begin after a terabyte': () => ({ path: MASK, type: OCTETS, body: lying({ vox_offset: 1e12 }), says: 'prediction-unreadable' }),
  'a header of minus five dimensions': () => ({ path: MASK, type: OCTETS, body: lying({ dim: [-5, -1, -1, -1, -1, -1, -1, -1] }), says: 'prediction-unreadable' }),
  'an affine of NaN': () => ({ path: MASK, type: OCTETS, body: lying({ srow_x: [NaN, NaN, NaN, NaN] }), says: 'geometry-mismatch' }),
  'NaN in every voxel': () => ({ path: MASK, type: OCTETS, body: gzipSync(makeNifti({ ...like, datatype: 'float32', voxels: new Float32Array(VOXELS).fill(NaN) }), { level: 1 }), says: 'scored 0' }),
  'noise: every other voxel': () => ({ path: MASK, type: OCTETS, body: noise((i, j, k) => (i + j + k) & 1), says: `scored ${VOXELS / 2}` }),
  'noise: a million and a half lesions': () => ({ path: MASK, type: OCTETS, body: noise((i, j, k) => Number(((i | j | k) & 1) === 0)), says: `scored ${VOXELS / 8}` }),
  '60 MiB that are no file': () => ({ path: MASK, type: OCTETS, body: Buffer.alloc(60 * MIB, 'no mask '), says: 'prediction-unreadable' }),
  '100 MiB in a mask\'s place': () => ({ path: MASK, type: OCTETS, body: Buffer.alloc(MIB), times: 100, says: 'body-too-large' }),
  '100 MiB of JSON': () => ({ path: GRADES, type: 'application/json', body: Buffer.from(' '.repeat(MIB)), times: 100, says: 'body-too-large' }),
  'a megabyte of brackets': () => ({ path: GRADES, type: 'application/json', body: Buffer.from(`{"predictions":${'['.repeat(MIB - 100)}`), says: 'invalid-request' }),
  'a grade of 10 ^ 999': () => ({ path: GRADES, type: 'application/json', body: Buffer.from('{"predictions":[{"study":"study_0001","severity":1e999}]}'), says: 'invalid-request' })
}

describe('hostile predictions', { skip: process.platform !== 'linux' && 'memory is read from /proc' }, () => {
  let origin: string
  let pid: number
  let first: number
  const closes: (() => unknown)[] = []
  /** The most memory that the process ever held, in MiB (proc(5), VmHWM). */
  const most = () => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024

  before(async () => {
    const { root } = makeDataset({ after: (close) => { closes.push(close) } }, [{ category: 'CT-1', image: { shape: [4, 4, 4] }, mask: gzipSync(lesion) }])
    const folder = mkdtempSync(join(tmpdir(), 'niiserve-hostile-'))
    closes.push(() => rmSync(folder, { recursive: true }))
    const { child, ended } = start(process.execPath, [builtCli(), 'serve'], { DATA_ROOT: root, CATALOG_FILE: join(folder, 'catalog.sqlite'), PORT: '0', CACHE_BYTES: String(64 * MIB), LOG_LEVEL: 'error' })
    closes.unshift(async () => { child.kill('SIGTERM'); assert.equal((await ended).code, 0) })
    pid = child.pid!
    origin = await new Promise<string>((resolve, reject) => {
      child.stdout!.on('data', (text) => { const found = /http:\/\/[\d.:]+/.exec(String(text)); if (found !== null) resolve(found[0]) })
      ended.then(({ output }) => reject(new Error(`the server ended: ${output}`)), reject)
    })
    while ((await (await fetch(`${origin}/v1/dataset`)).json() as any).catalog.state !== 'ready') await pause(100)
    assert.equal(await said({ path: MASK, type: OCTETS, body: gzipSync(lesion), says: '' }), `scored ${199 * 199 * 19}`)
    first = most()
  })
  after(async () => { for (const close of closes) await close() })

  function assertWithin (t: TestContext, mib: number): void {
    t.diagnostic(`${Math.round(most() - first)} MiB more than after the first score, ${Math.round(most())} in all`)
    assert.ok(most() - first < mib, `${Math.round(first)} MiB after the first score, ${Math.round(most())} now`)
  }

  /** Send a body and read what is said of it, also where that comes before the body was sent. */
  async function said ({ path, type, body, times }: Sent): Promise<string> {
    const { status, text } = await new Promise<{ status: number, text: string }>((resolve, reject) => {
      const sent = request(`${origin}${path}`, { method: 'POST', agent: false, headers: { 'content-type': type, ...(times === undefined && { 'content-length': body.length }) } }, (response) => {
        let text = ''
        response.on('data', (chunk) => { text += String(chunk) }).on('end', () => resolve({ status: response.statusCode!, text })).on('error', reject)
      })
      let isOver = false
      sent.on('response', () => { isOver = true }).on('error', (error) => { if (!isOver) reject(error) })
      const push = (left: number): void => {
        if (left === 0 || isOver) sent.end()
        // A pause, in which an answer can come: one that comes while the client writes is lost with the connection.
        else sent.write(body, () => setTimeout(() => push(left - 1), times === undefined ? 0 : PAUSE_MS))
      }
      push(times ?? 1)
    })
    const answer = JSON.parse(text)
    if (status === 200) return `scored ${answer.prediction.voxels}`
    assert.ok(status < 500 || status === 503, text)
    assert.ok(answer.detail.length > 10 && answer.detail.length < 2000, answer.detail)
    return answer.type.replace('urn:niiserve:problem:', '')
  }

  for (const [name, make] of Object.entries(HOSTILE)) {
    it(`${name}: is told what it is, within ${MOST_MIB.oneByOne} MiB`, async (t) => {
      const sent = make()
      for (let n = 0; n < 2; n++) assert.equal(await said(sent), sent.says)
      assertWithin(t, MOST_MIB.oneByOne)
    })
  }

  it(`all of them together, again and again: within ${MOST_MIB.together} MiB; a 503 asks to come again`, async (t) => {
    const all = Object.entries(HOSTILE).map(([name, make]) => ({ name, ...make() }))
    const answers = await Promise.all(all.map(async (sent) => {
      const found = []
      for (let n = 0; n < 3; n++) found.push(await said(sent))
      return { name: sent.name, wrong: found.filter((one) => one !== sent.says && one !== 'overloaded') }
    }))
    assert.deepEqual(answers.flatMap(({ name, wrong }) => wrong.map((one) => `${name}: ${one}`)), [])
    assertWithin(t, MOST_MIB.together)
    assert.equal(await said({ path: MASK, type: OCTETS, body: gzipSync(lesion), says: '' }), `scored ${199 * 199 * 19}`, 'and the server scores as before')
  })
})
