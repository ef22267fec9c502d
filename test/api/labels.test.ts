import assert from 'node:assert/strict'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { makeNifti } from '../support/make-nifti.js'
import { readPng } from '../render/read-png.js'
import { assertProblem, buildTestApp } from '../support/test-app.js'
import type { TestApp } from '../support/test-app.js'
import { writeFiles } from '../support/write-files.js'

// 2 x 3 x 4 voxels of 1 x 2 x 5 mm, so a voxel is 0.01 mL. Value 1 fills slice 0 (6 voxels), value 3 is two voxels each of slices 1 and 2.
const GEOMETRY = { sform: [[-1, 0, 0, 0], [0, 2, 0, 0], [0, 0, 5, 0]], pixdim: [1, 2, 5] }
const LABELS = [1, 1, 1, 1, 1, 1, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0]
const FILES: Record<string, string | Buffer> = {
  'niiserve.json': JSON.stringify({
    title: 'Kidneys',
    studies: 'studies.csv',
    labels: { mask: [{ value: 1, name: 'kidney', color: '#0080ff' }, { value: 2, name: 'cyst' }] }
  }),
  'studies.csv': 'id,image,mask,mask_other,patient\nA,a.nii,m/a.nii,o/a.nii.gz,p\nB,b.nii,,,p\n',
  'a.nii': makeNifti(GEOMETRY),
  'b.nii': makeNifti(GEOMETRY),
  'm/a.nii': makeNifti({ ...GEOMETRY, datatype: 'uint8', voxels: LABELS }),
  // The same values scaled, as float32 0.5, 1.5: stored 1 and 3 become 0.5 and 1.5 with a slope of a half.
  'o/a.nii.gz': makeNifti({ ...GEOMETRY, datatype: 'int16', voxels: LABELS.map((value) => value * 2), slope: 0.5, gzip: true })
}

describe('the labels of a study', () => {
  let root: string
  let service: TestApp
  const closes: Array<() => unknown> = []
  before(async () => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'niiserve-test-')))
    writeFiles(root, FILES)
    service = await buildTestApp({ after: (close) => { closes.push(close) } }, { root })
  })
  after(async () => {
    for (const close of closes) await close()
    rmSync(root, { recursive: true })
  })

  it('are a table: those that are named, without voxels too, and further values of the files', async () => {
    const { items } = await service.json('/v1/studies/A/labels')
    const rounded = items.map(({ volumeMl, ...row }: { volumeMl: number }) => ({ ...row, volumeMl: Number(volumeMl.toFixed(6)) }))
    assert.deepEqual(rounded, [
      { set: 'mask', value: 1, name: 'kidney', color: '#0080ff', voxels: 6, volumeMl: 0.06, slices: [0] },
      { set: 'mask', value: 2, name: 'cyst', color: '#56b4e9', voxels: 0, volumeMl: 0, slices: [] },
      { set: 'mask', value: 3, name: '3', color: '#009e73', voxels: 4, volumeMl: 0.04, slices: [1, 2] },
      { set: 'other', value: 1, name: '1', color: '#e69f00', voxels: 6, volumeMl: 0.06, slices: [0] },
      { set: 'other', value: 3, name: '3', color: '#009e73', voxels: 4, volumeMl: 0.04, slices: [1, 2] }
    ])
    assert.deepEqual((await service.json('/v1/studies/A')).labels, items)
    assert.deepEqual((await service.json('/v1/studies/B/labels')).items, [])
  })

  it('are counted on each slice', async () => {
    const { items } = await service.json('/v1/studies/A/slices')
    assert.deepEqual(items.map(({ labelPixels }: { labelPixels: object }) => labelPixels), [
      { mask: { kidney: 6 }, other: { 1: 6 } }, { mask: { 3: 2 }, other: { 3: 2 } }, { mask: { 3: 2 }, other: { 3: 2 } }, {}
    ])
  })

  it('are served as stored, or as 0 and 1 of those that are chosen by name or value', async () => {
    assert.deepEqual([...await service.bytes('/v1/studies/A/labels/mask.raw')], LABELS)
    assert.deepEqual([...await service.bytes('/v1/studies/A/labels/mask.raw?label=kidney')], LABELS.map((value) => value === 1 ? 1 : 0))
    assert.deepEqual([...await service.bytes('/v1/studies/A/labels/mask/slices/1.raw?label=kidney')], [0, 0, 0, 0, 0, 0])
    assert.deepEqual([...await service.bytes('/v1/studies/A/labels/mask/slices/0.raw?label=1,2')], [1, 1, 1, 1, 1, 1])
    assert.deepEqual([...await service.bytes('/v1/studies/A/mask.raw')], LABELS.map((value) => value === 0 ? 0 : 1), 'the mask is the union')
  })

  it('are laid over the image by name: where kidney is, and only there', async () => {
    const of = async (query: string) => readPng(await service.bytes(`/v1/studies/A/image/slices/1.png?orientation=native&overlay=mask&overlayColor=00FF00&overlayOpacity=1${query}`))
    const green = ({ samples }: { samples: number[] }) => [0, 1, 2, 3, 4, 5].filter((n) => samples.slice(3 * n, 3 * n + 3).join() === '0,255,0')
    assert.deepEqual(green(await of('')), [0, 1], 'the union')
    assert.deepEqual(green(await of('&label=kidney')), [])
    assert.deepEqual(green(await of('&set=other&label=3')), [0, 1])
    assert.deepEqual(green(await of('&set=other')), [0, 1], 'all of a set')
    assertProblem(await service.get('/v1/studies/A/image/slices/1.png?label=kidney'), 400, 'invalid-request', ['label'])
  })

  it('are laid over the image each in its colour, blended by hand', async () => {
    // Through a window of 0 to 0.001 HU around -1000 the image, which is 0 HU or more, is white: 255.
    const at = async (slice: number, query: string) => {
      const { colourType, samples } = readPng(await service.bytes(`/v1/studies/A/image/slices/${slice}.png?orientation=native&window=-1000,1&overlay=labels${query}`))
      assert.equal(colourType, 2)
      return [0, 1, 2].map((n) => samples.slice(3 * n, 3 * n + 3))
    }
    // Kidney is 0080ff: 255 * 0.75 + (0, 128, 255) * 0.25. The value 3 has no name and gets 009e73, as the table says.
    assert.deepEqual((await at(0, '&overlayOpacity=0.25'))[0], [191, 223, 255])
    assert.deepEqual(await at(1, '&overlayOpacity=1'), [[0, 158, 115], [0, 158, 115], [255, 255, 255]])
    assert.deepEqual(await at(1, '&overlayOpacity=1&label=kidney'), [[255, 255, 255], [255, 255, 255], [255, 255, 255]])
    // The other set scales: what is stored as 6 means 3.
    assert.deepEqual((await at(1, '&overlayOpacity=1&set=other'))[0], [0, 158, 115])
    for (const query of ['&overlayColor=00FF00', '&label=liver']) assertProblem(await service.get(`/v1/studies/A/image/slices/1.png?overlay=labels${query}`), 400, 'invalid-request', [query.startsWith('&label') ? 'label' : 'overlay', ...query.startsWith('&label') ? [] : ['overlayColor']])
  })

  it('have a legend: a square in the colour of each label that is on the slice', async () => {
    const squares = async (slice: number) => {
      const { columns, samples } = readPng(await service.bytes(`/v1/studies/A/image/slices/${slice}.png?size=60x60&overlay=labels&overlayOpacity=0&legend=true`))
      const at = (row: number, column: number) => samples.slice((row * columns + column) * 3).slice(0, 3).join()
      return [at(4, 4), at(13, 4)]
    }
    const [only, none] = await squares(0)
    assert.equal(only, '0,128,255')
    assert.notEqual(none, '0,158,115', 'the label is not on this slice')
    assert.equal((await squares(1))[0], '0,158,115')
    assertProblem(await service.get('/v1/studies/A/image/slices/1.png?overlay=mask&legend=true'), 400, 'invalid-request', ['legend', 'overlay'])
  })

  it('are laid over sheets too, with all that the study has in a strip below', async () => {
    const plain = readPng(await service.bytes('/v1/studies/A/montage.png?tile=32&overlay=labels'))
    const named = readPng(await service.bytes('/v1/studies/A/montage.png?tile=32&overlay=labels&legend=true'))
    assert.deepEqual(named.samples.slice(0, plain.samples.length), plain.samples)
    const strip = new Set<string>()
    for (let at = plain.samples.length; at < named.samples.length; at += 3) strip.add(named.samples.slice(at, at + 3).join())
    assert.deepEqual([strip.has('0,128,255'), strip.has('0,158,115'), strip.has('86,180,233')], [true, true, false], 'kidney and 3; the study has no cyst')
    assert.equal(readPng(await service.bytes('/v1/studies/A/thumbnail.png?overlay=labels&legend=true')).colourType, 2)
  })

  it('take a box and letters, and have a header, like a mask', async () => {
    assert.deepEqual([...await service.bytes('/v1/studies/A/labels/mask.raw?k=1:3&j=0:1')], [3, 3, 0, 0])
    assert.deepEqual([...await service.bytes('/v1/studies/A/labels/mask.raw?k=1:3&j=0:1&label=3')], [1, 1, 0, 0])
    const [plain, lettered] = await Promise.all(['false', 'true'].map(async (labels) => await service.bytes(`/v1/studies/A/labels/mask/slices/0.png?size=60x60&labels=${labels}`)))
    assert.notDeepEqual(plain, lettered)
    assert.deepEqual((await service.json('/v1/studies/A/labels/other/header')).scl_slope, 0.5)
  })

  it('of a file that scales are its scaled values', async () => {
    const { headers, body } = await service.get('/v1/studies/A/labels/other/slices/1.raw')
    assert.equal(headers['array-dtype'], 'float32')
    assert.deepEqual([...new Float32Array(new Uint8Array(body).buffer)], [3, 3, 0, 0, 0, 0])
    assert.deepEqual([...await service.bytes('/v1/studies/A/labels/other.raw?label=3')], LABELS.map((value) => value === 3 ? 1 : 0))
  })

  it('come as the file, or decoded', async () => {
    assert.deepEqual(await service.bytes('/v1/studies/A/labels/mask.nii'), FILES['m/a.nii'])
    assert.deepEqual(await service.bytes('/v1/studies/A/labels/other.nii.gz'), FILES['o/a.nii.gz'])
    assert.deepEqual(await service.bytes('/v1/studies/A/labels/other.nii'), gunzipSync(FILES['o/a.nii.gz']!))
    assertProblem(await service.get('/v1/studies/A/labels/mask.nii.gz'), 404, 'volume-missing')
  })

  it('have tags of their own, which hold', async () => {
    const tag = async (path: string) => (await service.get(path)).headers['etag']!
    const tags = [await tag('/v1/studies/A/mask/slices/0.raw'), await tag('/v1/studies/A/labels/mask/slices/0.raw'), await tag('/v1/studies/A/labels/mask/slices/0.raw?label=kidney')]
    assert.equal(new Set(tags).size, 3)
    assert.equal(await tag('/v1/studies/A/labels/mask/slices/0.raw?label=1'), tags[2], 'equal meaning, equal tag')
    assert.equal((await service.request.get('/v1/studies/A/labels/mask/slices/0.raw').set('if-none-match', tags[1]!)).status, 304)
  })

  it('can be requested in batches, as slices and as boxes: with their stored values, or as 0 and 1 for chosen labels', async () => {
    const post = async (body: object) => await service.request.post('/v1/batches.raw').send(body).buffer(true).parse((response, done) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => done(null, /json/.test(String((response as unknown as { headers: Record<string, string> }).headers['content-type'])) ? JSON.parse(String(Buffer.concat(chunks))) : Buffer.concat(chunks)))
    })
    const items = [{ study: 'A', index: 1 }, { study: 'A', index: 0 }]
    const stored = await post({ items, arrays: ['labels'] })
    assert.deepEqual([[...stored.body], stored.headers['array-dtype'], stored.headers['array-shape']], [[3, 3, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1], 'uint8', '2,3,2'])
    assert.deepEqual([...(await post({ items, arrays: ['labels'], label: 'kidney' })).body], [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1])
    const other = await post({ items, arrays: ['image', 'labels'], set: 'other' })
    assert.equal(other.headers['array-dtype'], 'int16,float32')
    assert.deepEqual([...new Float32Array(new Uint8Array(other.body.subarray(24)).buffer)].slice(0, 6), [3, 3, 0, 0, 0, 0])
    const box = await post({ items: [{ study: 'A', box: { i: [1, 3], j: [0, 1], k: [-1, 2] } }], arrays: ['labels'], pad: -1000 })
    assert.deepEqual([...box.body], [0, 0, 1, 0, 3, 0], 'what lies outside has no label')
    const mixed = [{ study: 'A', index: 1 }, { study: 'B', index: 1 }]
    assertProblem(await post({ items: mixed, arrays: ['labels'] }) as never, 404, 'mask-not-found')
    assert.deepEqual([...(await post({ items: mixed, arrays: ['labels'], missingMask: 'zeros' })).body], [3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    assertProblem(await post({ items, arrays: ['image'], label: 'kidney' }) as never, 400, 'invalid-request', ['label'])
    assertProblem(await post({ items, arrays: ['labels'], label: 'liver' }) as never, 400, 'invalid-request', ['label'])
  })

  it('are files of WebDataset samples', async () => {
    const files = async (query: string) => {
      const tar = await service.bytes(`/v1/webdataset.tar?${query}`)
      const found: Record<string, Buffer> = {}
      for (let at = 0; tar[at] !== 0;) {
        const size = parseInt(tar.toString('latin1', at + 124, at + 135), 8)
        found[tar.toString('latin1', at, at + 100).replace(/\0.*$/s, '')] = tar.subarray(at + 512, at + 512 + size)
        at += 512 + Math.ceil(size / 512) * 512
      }
      return found
    }
    const stored = await files('arrays=labels&study=A')
    assert.deepEqual(Object.keys(stored).filter((name) => name.endsWith('npy')), [0, 1, 2, 3].map((k) => `A_00${k}.labels.npy`))
    assert.deepEqual([...stored['A_001.labels.npy']!.subarray(-6)], [3, 3, 0, 0, 0, 0])
    assert.deepEqual([...(await files('arrays=labels&study=A&label=kidney'))['A_000.labels.npy']!.subarray(-6)], [1, 1, 1, 1, 1, 1])
    assert.deepEqual([...(await files('arrays=image,labels&missingMask=zeros'))['B_000.labels.npy']!.subarray(-6)], [0, 0, 0, 0, 0, 0])
    assertProblem(await service.get('/v1/webdataset.tar?arrays=labels'), 404, 'mask-not-found')
    assertProblem(await service.get('/v1/webdataset.tar?label=kidney'), 400, 'invalid-request', ['label'])
  })

  it('are OME-Zarr labels with their colours and names', async () => {
    assert.deepEqual((await service.json('/zarr/A/labels/zarr.json')).attributes.ome.labels, ['mask', 'other'])
    const { ome } = (await service.json('/zarr/A/labels/mask/zarr.json')).attributes
    assert.deepEqual(ome['image-label'], {
      colors: [{ 'label-value': 1, rgba: [0, 128, 255, 128] }, { 'label-value': 3, rgba: [0, 158, 115, 128] }],
      properties: [{ 'label-value': 1, name: 'kidney' }, { 'label-value': 3, name: '3' }],
      source: { image: '../../' }
    })
    const [mask, other] = [await service.json('/zarr/A/labels/mask/0/zarr.json'), await service.json('/zarr/A/labels/other/0/zarr.json')]
    assert.deepEqual([mask.data_type, mask.shape, other.data_type], ['uint8', [4, 3, 2], 'int16'], 'a label is a whole number, whatever the file scales')
    assert.deepEqual([...await service.bytes('/zarr/A/labels/mask/0/c/1/0/0')], [3, 3, 0, 0, 0, 0])
    assert.deepEqual([...new Int16Array(new Uint8Array(await service.bytes('/zarr/A/labels/other/0/c/1/0/0')).buffer)], [3, 3, 0, 0, 0, 0])
    const { metadata } = (await service.json('/zarr/A/zarr.json')).consolidated_metadata
    assert.deepEqual(Object.keys(metadata).sort(), ['0', 'labels', 'labels/mask', 'labels/mask/0', 'labels/other', 'labels/other/0'])
    assertProblem(await service.get('/zarr/A/labels/lobes/zarr.json'), 404, 'mask-not-found')
    assert.equal((await service.json('/zarr/B/zarr.json')).consolidated_metadata.metadata.labels, undefined)
  })

  it('filter studies', async () => {
    const ids = async (query: string) => (await service.json(`/v1/studies?${query}`)).items.map(({ id }: { id: string }) => id)
    assert.deepEqual(await ids('hasLabel=kidney'), ['A'])
    assert.deepEqual(await ids('hasLabel=cyst'), [])
    assert.deepEqual(await ids('hasLabel=kidney,3'), ['A'])
    assert.deepEqual(await ids('minLabelMl=kidney:0.05'), ['A'])
    assert.deepEqual(await ids('minLabelMl=kidney:0.07'), [])
    assertProblem(await service.get('/v1/studies?minLabelMl=kidney'), 400, 'invalid-request', ['minLabelMl'])
  })

  it('filter slices, of studies and in streams', async () => {
    const found = async (query: string) => (await service.json(`/v1/slices?${query}`)).items.map(({ study, index }: { study: string, index: number }) => `${study} ${index}`)
    assert.deepEqual(await found('minLabelPixels=kidney:6'), ['A 0'])
    assert.deepEqual(await found('minLabelPixels=kidney:7'), [])
    assert.deepEqual(await found('minLabelPixels=3:2'), ['A 1', 'A 2'])
    assert.deepEqual((await service.json('/v1/slices?study=A&limit=1')).items[0].labelPixels, { mask: { kidney: 6 }, other: { 1: 6 } })
    assertProblem(await service.get('/v1/slices?minLabelPixels=kidney'), 400, 'invalid-request', ['minLabelPixels'])
  })

  it('are named in problems', async () => {
    assertProblem(await service.get('/v1/studies/A/labels/mask.raw?label=liver'), 400, 'invalid-request', ['label'])
    assertProblem(await service.get('/v1/studies/A/labels/lobes.raw'), 404, 'mask-not-found')
    assertProblem(await service.get('/v1/studies/B/labels/mask.raw'), 404, 'mask-not-found')
    assertProblem(await service.get('/v1/studies/A/labels/mask/slices/4.raw'), 404, 'slice-not-found')
    assertProblem(await service.get('/v1/studies/A/labels/mask/slices/0.raw?window=lung'), 400, 'invalid-request', ['window'])
  })

  // The last one: it changes a file.
  it('are part of the dataset\'s revision, further sets too: with a new file every tag of before is old', async () => {
    const { revision } = await service.json('/v1/dataset')
    const { headers: { etag } } = await service.get('/v1/studies')
    assert.equal((await service.get('/v1/studies').set('If-None-Match', etag!)).status, 304)
    writeFileSync(join(root, 'o/a.nii.gz'), makeNifti({ ...GEOMETRY, datatype: 'int16', voxels: LABELS.map((value) => value * 4), slope: 0.5, gzip: true }))
    await service.settled('/v1/studies/A/labels/other.raw')
    assert.notEqual((await service.json('/v1/dataset')).revision, revision)
    const { status, body } = await service.get('/v1/studies').set('If-None-Match', etag!)
    assert.deepEqual([status, body.items[0].labels.at(-1).value], [200, 6])
  })
})
