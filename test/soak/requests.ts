import assert from 'node:assert/strict'
import { assertRight } from './verified-client.js'
import type { Manner, VerifiedClient } from './verified-client.js'

/** A study's voxels as node:zlib gives them, which every answer is compared with. */
export interface KnownStudy { id: string, voxels: Buffer, mask: Buffer | null }

export interface Traffic {
  client: VerifiedClient
  studies: readonly KnownStudy[]
  shape: readonly [number, number, number]
  /** 0 … below - 1 */
  below: (below: number) => number
  /** how many answers were compared byte for byte */
  compared: { count: number }
}

type Ask = (traffic: Traffic) => Promise<void>

const BYTES = 2

async function slice ({ client, studies, shape: [ni, nj, nk], below, compared }: Traffic, kind: string, among: number): Promise<void> {
  const study = studies[below(among)]!
  const k = below(kind === 'hot slice' ? 4 : nk)
  const answer = await client.ask(kind, `/v1/studies/${study.id}/image/slices/${k}.raw`)
  const size = ni * nj * BYTES
  if (assertRight(answer!, study.voxels.subarray(k * size, (k + 1) * size), `${study.id} ${k}`)) compared.count++
}

async function coronal ({ client, studies, shape, below, compared }: Traffic): Promise<void> {
  const study = studies[below(studies.length)]!
  const j = below(shape[1])
  const answer = await client.ask('coronal slice', `/v1/studies/${study.id}/image/slices/${j}.raw?plane=coronal`)
  if (assertRight(answer!, coronalOf(study, shape, j), `${study.id} coronal ${j}`)) compared.count++
}

function coronalOf ({ voxels }: KnownStudy, [ni, nj, nk]: Traffic['shape'], j: number): Buffer {
  return Buffer.concat(Array.from({ length: nk }, (_, k) => voxels.subarray((k * nj + j) * ni * BYTES, (k * nj + j + 1) * ni * BYTES)))
}

async function mask ({ client, studies, shape: [ni, nj, nk], below, compared }: Traffic): Promise<void> {
  const annotated = studies.filter((study) => study.mask !== null)
  const study = annotated[below(annotated.length)]!
  const k = below(nk)
  const answer = await client.ask('mask slice', `/v1/studies/${study.id}/mask/slices/${k}.raw`)
  if (assertRight(answer!, study.mask!.subarray(k * ni * nj, (k + 1) * ni * nj), `${study.id} mask ${k}`)) compared.count++
}

async function volume ({ client, studies, below, compared }: Traffic, kind: string, manner: Manner): Promise<void> {
  const study = studies[below(studies.length)]!
  const start = below(study.voxels.length - 1)
  const stop = Math.min(study.voxels.length, start + 1 + below(3_000_000))
  const answer = await client.ask(kind, `/v1/studies/${study.id}/image.raw`, { manner, headers: { range: `bytes=${start}-${stop - 1}` } })
  if (answer !== undefined && assertRight(answer, study.voxels.subarray(start, stop), `${study.id} ${start}-${stop}`)) compared.count++
}

async function batch ({ client, studies, shape, below, compared }: Traffic): Promise<void> {
  const [ni, nj, nk] = shape
  const size = ni * nj * BYTES
  // A coronal slice weighs as much as its volume, which is more than what is read together.
  const plane = ['axial', 'axial', 'axial', 'coronal'][below(4)]!
  const items = Array.from({ length: 1 + below(plane === 'axial' ? 16 : 4) }, () => ({ study: studies[below(studies.length)]!, index: below(plane === 'axial' ? nk : nj) }))
  const body = JSON.stringify({ items: items.map(({ study, index }) => ({ study: study.id, index })), arrays: ['image'], plane })
  const answer = await client.ask('batch', '/v1/batches.raw', { method: 'POST', body })
  const expected = Buffer.concat(items.map(({ study, index }) => plane === 'axial' ? study.voxels.subarray(index * size, (index + 1) * size) : coronalOf(study, shape, index)))
  if (assertRight(answer!, expected, `${plane} batch`)) compared.count++
}

async function picture ({ client, studies, shape, below }: Traffic): Promise<void> {
  const study = studies[below(studies.length)]!
  const extension = ['png', 'webp', 'jpeg'][below(3)]!
  const query = ['', '?window=bone', '?size=128', '?plane=sagittal', study.mask === null ? '?labels=true' : '?overlay=mask'][below(5)]!
  const answer = await client.ask('picture', `/v1/studies/${study.id}/image/slices/${below(Math.min(...shape))}.${extension}${query}`)
  assert.ok([200, 503].includes(answer!.status), `${answer!.status} ${answer!.body.toString('latin1', 0, 300)}`)
}

async function list ({ client, below }: Traffic): Promise<void> {
  const path = ['/v1/studies?facets=category,status', '/v1/slices.ndjson', '/v1/stats', '/v1/studies.csv', '/metrics', '/v1/dataset'][below(6)]!
  const answer = await client.ask('list', path)
  assert.equal(answer!.status, 200, path)
}

/** What is asked wrongly, and the statuses it must get. */
const BROKEN: ReadonlyArray<[path: string, status: number]> = [
  ['/v1/studies/study_9999', 404], ['/v1/studies/study_0001/image/slices/99999.raw', 404], ['/v1/studies/study_0001/image/slices/0.raw?dtype=int64', 400],
  ['/v1/studies/study_0001/image/slices/0.png?size=0', 400], ['/v1/studies?limit=0', 400], ['/v1/studies?cursor=nonsense', 400], ['/nowhere', 404],
  ['/v1/studies/%FF', 400], ['/v1/studies/broken_0001/image.raw', 500], ['/v1/studies/missing_0001/image.raw', 404], [`/v1/studies?x=${'y'.repeat(9000)}`, 400]
]

async function broken ({ client, below }: Traffic): Promise<void> {
  const [path, status] = BROKEN[below(BROKEN.length)]!
  const answer = await client.ask('broken request', path)
  assert.equal(answer!.status, status, `${path.slice(0, 80)}: ${answer!.body.toString('latin1', 0, 300)}`)
  assert.match(answer!.headers['content-type']!, /^application\/problem\+json/)
}

/** Kinds of request by how often they come. */
const MIX: ReadonlyArray<[weight: number, ask: Ask]> = [
  [30, async (traffic) => await slice(traffic, 'hot slice', 1)],
  [20, async (traffic) => await slice(traffic, 'cold slice', traffic.studies.length)],
  [5, coronal],
  [8, mask],
  [5, async (traffic) => await volume(traffic, 'volume range', 'whole')],
  [3, async (traffic) => await volume(traffic, 'slow reader', 'slowly')],
  [6, async (traffic) => await volume(traffic, 'disconnect', 'leaves')],
  [4, batch],
  [6, picture],
  [4, list],
  [9, broken]
]
const WEIGHTS = MIX.reduce((sum, [weight]) => sum + weight, 0)

/** One request of the mix, its answer checked. @throws when the answer is not what it must be */
export async function askSomething (traffic: Traffic): Promise<void> {
  let ticket = traffic.below(WEIGHTS)
  for (const [weight, ask] of MIX) {
    ticket -= weight
    if (ticket < 0) return await ask(traffic)
  }
}
