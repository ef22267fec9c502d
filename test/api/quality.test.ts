import assert from 'node:assert/strict'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { makeNifti } from '../support/make-nifti.js'
import type { NiftiRecipe } from '../support/make-nifti.js'
import { assertProblem, buildTestApp } from '../support/test-app.js'
import type { TestApp } from '../support/test-app.js'
import { writeFiles } from '../support/write-files.js'

const SFORM = [[-1, 0, 0, 0], [0, 2, 0, 0], [0, 0, 5, 0]]
let unlike = 0
/** A scan without fault: air is in it, and no voxel pattern comes twice. */
const scan = (recipe: NiftiRecipe = {}) => {
  const seed = ++unlike
  return makeNifti({ sform: SFORM, pixdim: [1, 2, 5], voxels: (i, j, k) => i + j + k === 0 ? -1000 : i + 10 * j + 100 * k + seed, ...recipe })
}
const label = (recipe: NiftiRecipe = {}) => makeNifti({ sform: SFORM, pixdim: [1, 2, 5], datatype: 'uint8', voxels: (i) => i, ...recipe })
const same = scan()

const STUDIES: Record<string, { image: Buffer, mask?: Buffer }> = {
  clean: { image: scan(), mask: label() },
  // RAS in the qform, LAS in the sform; qform and sform of the same place are no finding.
  forms: { image: scan({ qform: { quaternion: [0, 0, 0] } }) },
  identity: { image: scan({ sform: [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]], pixdim: [1, 1, 1] }) },
  sheared: { image: scan({ sform: [[-1, 0, 0, 0], [0, 2, 1, 0], [0, 0, 5, 0]], pixdim: [1, 2, 5.099] }) },
  shape: { image: scan(), mask: label({ shape: [2, 3, 5] }) },
  shifted: { image: scan(), mask: label({ sform: [[-1, 0, 0, 0.002], [0, 2, 0, 0], [0, 0, 5, 0]] }) },
  near: { image: scan(), mask: label({ sform: [[-1, 0, 0, 0.0009], [0, 2, 0, 0], [0, 0, 5, 0]] }) },
  grey: { image: scan({ voxels: (i, j, k) => i + 10 * j + 17 * k }) },
  unknown: { image: scan(), mask: label({ voxels: (i, j, k) => i + j + k === 0 ? 7 : 1 }) },
  fraction: { image: scan(), mask: label({ datatype: 'float32', voxels: (i, j, k) => i + j + k === 0 ? 0.5 : 1 }) },
  empty: { image: scan(), mask: label({ voxels: () => 0 }) },
  one: { image: same },
  two: { image: same },
  texts: { image: scan({ fields: { descrip: 'Time=91532.120', aux_file: 'C:\\scans\\p1.img', intent_name: 'a@b.example' } }), mask: label({ extension: 'Doe^Jane 1970-03-05' }) }
}

describe('GET /v1/qc', () => {
  let root: string
  let service: TestApp
  const closes: Array<() => unknown> = []
  before(async () => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'niiserve-test-')))
    const write = (key: string, content: string | Buffer) => writeFiles(root, { [key]: content })
    write('niiserve.json', JSON.stringify({ studies: 'studies.csv', labels: { mask: [{ value: 1, name: 'lesion' }, { value: 2, name: 'cyst' }] } }))
    write('studies.csv', ['id,image,mask', ...Object.entries(STUDIES).map(([id, { mask }]) => `${id},${id}.nii,${mask === undefined ? '' : `m/${id}.nii`}`), 'one,clean.nii,', ''].join('\n'))
    for (const [id, { image, mask }] of Object.entries(STUDIES)) {
      write(`${id}.nii`, image)
      if (mask !== undefined) write(`m/${id}.nii`, mask)
    }
    service = await buildTestApp({ after: (close) => { closes.push(close) } }, { root })
  })
  after(async () => {
    for (const close of closes) await close()
    rmSync(root, { recursive: true })
  })

  it('says of each study what is odd, how badly, and shows it', async () => {
    const { tolerance, items } = await service.json('/v1/qc.json')
    assert.equal(tolerance, 0.001)
    const of = (id: string) => items.filter(({ study }: { study: string }) => study === id).map(({ kind, severity }: { kind: string, severity: string }) => `${kind} ${severity}`)
    assert.deepEqual(Object.fromEntries(Object.keys(STUDIES).map((id) => [id, of(id)])), {
      clean: [],
      forms: ['forms-differ warning'],
      identity: ['affine-identity warning'],
      sheared: ['affine-sheared warning'],
      shape: ['shape-mismatch error'],
      shifted: ['affine-mismatch warning'],
      near: [],
      grey: ['not-hu warning'],
      unknown: ['label-unknown warning'],
      fraction: ['label-fraction warning'],
      empty: ['mask-empty warning'],
      one: ['voxels-equal warning', 'id-clash error'],
      two: ['voxels-equal warning'],
      texts: ['text-identifying warning', 'text-identifying warning']
    })
    const detail = (id: string) => items.find(({ study }: { study: string }) => study === id).detail
    assert.match(detail('shifted'), /\[-1 0 0 0\.002; 0 2 0 0; 0 0 5 0\].*\[-1 0 0 0; 0 2 0 0; 0 0 5 0\].*0\.001 mm/, 'both affines and the tolerance')
    assert.match(detail('shape'), /2 x 3 x 5 .* 2 x 3 x 4/)
    assert.match(detail('unknown'), /7 \(1 voxels\)/)
    assert.match(detail('two'), /that of one\./)
    for (const { picture } of items) if (picture !== null) assert.equal((await service.get(picture)).status, 200, picture)
  })

  it('names the field of a text that gives something away, and never the text', async () => {
    const { items } = await service.json('/v1/qc.json?kind=text-identifying')
    assert.deepEqual(items.map(({ detail }: { detail: string }) => detail.replace(/^.*, in /, '')), ['descrip (a time), aux_file (a path), intent_name (an e-mail address).', 'extension 1 (ecode 6) (a date, a person\'s name).'])
    assert.doesNotMatch(JSON.stringify(items), /91532|Doe|scans|@/)
  })

  it('is a table too, and can be narrowed by kind and severity', async () => {
    const text = (await service.get('/v1/qc.csv?severity=error')).body as string
    assert.deepEqual(text.trim().split('\r\n').map((line: string) => line.split(',').slice(0, 3).join()), ['study,kind,severity', 'one,id-clash,error', 'shape,shape-mismatch,error'])
    assertProblem(await service.get('/v1/qc.json?kind=ugly'), 400, 'invalid-request', ['kind'])
    const { headers } = await service.get('/v1/qc.json')
    assert.equal((await service.request.get('/v1/qc.json').set('if-none-match', headers['etag']!)).status, 304)
  })
})
