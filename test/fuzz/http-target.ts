import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import { makeNifti } from '../support/make-nifti.js'
import { buildTestApp } from '../support/test-app.js'
import type { Scope } from '../support/test-dataset.js'
import type { Random, Target } from './fuzzing.js'

const IDS = ['study_0001', 'study_0002', 'study_0003', 'study_0004', 'study_9999', '..%2f..%2fetc', '%00', '%FF', '', '*', 'study_0001%2Fimage']
const VOLUMES = ['image', 'mask', 'image', 'IMAGE', 'other', '']
const EXTENSIONS = ['raw', 'npy', 'png', 'webp', 'jpeg', 'nii', 'nii.gz', 'json', 'RAW', '']
const INDICES = ['0', '3', '1', '4', '-1', '1e3', '00', '2.5', '99999999999999999999', 'x', '%30']
const PLAIN = ['/v1/dataset', '/v1/categories', '/v1/studies', '/v1/studies.csv', '/v1/studies.ndjson', '/v1/stats', '/v1/slices', '/v1/slices.csv', '/v1/slices.ndjson', '/v1/splits', '/v1/webdataset.tar', '/healthz', '/readyz', '/metrics', '/docs', '/', '//', '/v1', '/v1/batches.raw', '/zarr/study_0001/zarr.json', '/zarr/study_0001/0/c/0/0/0']

const VALUES: Record<string, readonly string[]> = {
  plane: ['axial', 'coronal', 'sagittal', 'AXIAL', ''],
  dtype: ['auto', 'int16', 'uint8', 'float16', 'float32', 'int64'],
  window: ['lung', 'bone', '-600,1500', '0,0', '1e308,1e308', 'NaN,1', '40', ',', '40,-1', '1,2,3', '-0,1e-320'],
  orientation: ['native', 'radiological', 'up'],
  size: ['1', '16', '4096', '4097', '0', '3x5', '1x4096', 'x', '-1', '1e2', '07'],
  aspect: ['voxel', 'physical', 'x'],
  overlay: ['none', 'mask', 'contour', 'x'],
  overlayColor: ['FF0000', 'fff', 'GGGGGG'],
  overlayOpacity: ['0', '1', '0.5', '2', 'NaN'],
  labels: ['true', 'false', '1'],
  bits: ['8', '16', '12'],
  i: ['0:1', '0:9', '1:0', '3', '-1:2', '0:999999999', ':'],
  j: ['0:1', '1:3', '9:9'],
  k: ['0:1', '1:4', '2:2'],
  category: ['CT-0', 'CT-1,CT-2', 'CT-9', '', ',,'],
  annotated: ['true', 'false', 'yes'],
  status: ['ready', 'missing,unreadable', 'pending', 'gone'],
  minSlices: ['0', '4', '-1', '1e9', 'x'],
  maxSlices: ['4', '0', '1e400'],
  minLesionMl: ['0', '0.5', 'NaN'],
  maxLesionMl: ['1', '-1'],
  sort: ['id', '-id', 'slices', '-lesionMl', 'severity', 'id;drop', ''],
  facets: ['category', 'category,annotated,status', 'x'],
  limit: ['1', '2', '1000', '0', '1001', 'x'],
  cursor: ['', 'x', 'bnVsbA', 'W10', 'WzEsMl0', 'e30', 'eyJrZXkiOjF9', '%00', 'A'.repeat(3000)],
  shuffle: ['0', '1', 'x', '-1', '9007199254740993'],
  shard: ['0', '1', '5', '-1'],
  shards: ['1', '3', '0', '1000000'],
  lesion: ['true', 'false', 'x'],
  minLesionPixels: ['0', '1', '-1'],
  minLungFraction: ['0', '0.5', '2'],
  split: ['train', 'val', 'test', 'x'],
  seed: ['0', '7', '-1', 'x', ''],
  ratios: ['0.7,0.15,0.15', '1,0,0', '0.5,0.5', '1,1,1', 'NaN,0,1', ',,'],
  folds: ['2', '5', '1', '0', '1e9'],
  arrays: ['image', 'image,mask', 'x'],
  start: ['0', '3', '1e9', '-1'],
  buffer: ['1', '16', '0'],
  missingMask: ['zeros', 'error', 'x']
}
const NAMES = Object.keys(VALUES)
const STRANGE = ['%', '%zz', '%C3%28', '%00', '%2e%2e', '__proto__', 'constructor', '[]', '[a]=1', '&&', '==', '😀', '%F0%9F%98%80', '\\', "'", '"', '<script>', '0x10', '+', ' ', ';', 'a'.repeat(600)]

/** 5xx that are documented: a file of the dataset that is not served, and limits. */
const ALLOWED = new Set(['volume-unreadable', 'overloaded', 'catalog-building'])

/** A request line is answered with what is asked for, or with a problem that is documented; never with a fault of ours. */
export async function httpTarget (scope: Scope): Promise<Target> {
  const { port, dataset } = await buildTestApp(scope, {
    studies: [
      { image: { shape: [5, 4, 4] }, mask: { shape: [5, 4, 4], datatype: 'uint8', voxels: (i) => i & 1 } },
      { category: 'CT-1', image: { shape: [3, 3, 3], datatype: 'float32', slope: 2, inter: NaN, pixdim: [1, 2, 3] }, mask: { shape: [2, 2, 2], datatype: 'uint8' } },
      { category: 'CT-2', image: makeNifti({ gzip: true }).subarray(0, -9) },
      { category: 'CT-3', image: null }
    ]
  })
  const agent = new Agent({ keepAlive: true })
  scope.after(() => agent.destroy())
  return {
    name: 'http',
    share: 0.4,
    make: (random) => Buffer.from(`${random.below(20) === 0 ? random.pick(['HEAD', 'POST', 'OPTIONS', 'DELETE']) : 'GET'} ${pathOf(random)}${queryOf(random)}`),
    check: async (input) => {
      const [method, ...rest] = input.toString('utf8').split(' ')
      // What a client cannot put into a request line is escaped, as all of them do.
      const path = rest.join(' ').replace(/[^\x21-\x7e]/gu, encodeURIComponent)
      const { statusCode, headers, body } = await send(agent, port, method!, path)
      if (statusCode < 400) return
      if (method === 'HEAD') return assert.ok(statusCode <= 503)
      assert.match(String(headers['content-type']), /^application\/problem\+json/, body.slice(0, 300))
      const problem = JSON.parse(body)
      const slug = String(problem.type).replace('urn:niiserve:problem:', '')
      assert.equal(problem.status, statusCode)
      assert.equal(problem.instance, headers['x-request-id'])
      assert.ok(problem.title !== '' && problem.detail !== '' && typeof problem.detail === 'string')
      assert.ok(statusCode < 500 || ALLOWED.has(slug), body)
      assert.ok(!body.includes(dataset.root), body)
    }
  }
}

async function send (agent: Agent, port: number, method: string, path: string): Promise<{ statusCode: number, headers: IncomingHttpHeaders, body: string }> {
  return await new Promise((resolve, reject) => {
    request({ agent, port, method, path }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve({ statusCode: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks).toString('latin1') }))
      response.on('error', reject)
    }).on('error', reject).end()
  })
}

function pathOf (random: Random): string {
  if (random.below(3) === 0) return strangely(random, random.pick(PLAIN))
  const study = `/v1/studies/${random.pick(IDS)}`
  const volume = `${study}/${random.pick(VOLUMES)}`
  return strangely(random, random.pick([
    study, `${study}/slices`, `${study}/montage.png`, `${study}/thumbnail.png`, `${volume}/header`,
    `${volume}.${random.pick(EXTENSIONS)}`, `${volume}/slices/${random.pick(INDICES)}.${random.pick(EXTENSIONS)}`
  ]))
}

function queryOf (random: Random): string {
  const parameters = Array.from({ length: random.below(4) }, () => {
    const name = random.below(12) === 0 ? random.pick(STRANGE) : random.pick(NAMES)
    return `${name}=${random.below(8) === 0 ? random.pick(STRANGE) : random.pick(VALUES[name] ?? STRANGE)}`
  })
  return parameters.length === 0 ? '' : `?${parameters.join('&')}`
}

function strangely (random: Random, path: string): string {
  if (random.below(10) > 0) return path
  const at = 1 + random.below(path.length)
  return `${path.slice(0, at)}${random.pick(STRANGE)}${path.slice(at)}`
}
