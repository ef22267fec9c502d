import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { MadeStudy } from '../support/test-dataset.js'
import { makeDataset } from '../support/test-dataset.js'
import type { NiftiRecipe } from '../support/make-nifti.js'
import { buildTestApp } from '../support/test-app.js'
import type { TestApp } from '../support/test-app.js'
import { close } from '../support/close.js'

// What lies where, as studies show it after public bug reports. Values are worked out by hand: 4 x 3 x 5 voxels.

const LAS = [[-0.5, 0, 0, 10], [0, 0.5, 0, -20], [0, 0, 8, 30]]
const ZEROS = [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
const LAS_QFORM = { quaternion: [0, 1, 0], offset: [10, -20, 30], qfac: -1 } as const
const PIXDIM = [0.5, 0.5, 8]
const CT: NiftiRecipe = { shape: [4, 3, 5], sform: LAS, pixdim: PIXDIM, inter: -1024 }
/** 4 voxels on slices k 1 and 2: (0, 0), (1, 0) */
const LESION: NiftiRecipe = { shape: [4, 3, 5], sform: LAS, pixdim: PIXDIM, datatype: 'uint8', voxels: (i, j, k) => i < 2 && j === 0 && (k === 1 || k === 2) ? 1 : 0 }

const STUDIES: Record<string, Omit<MadeStudy, 'id'>> = {
  plain: { image: CT, mask: LESION },
  'zero-over-qform': { image: { ...CT, sform: ZEROS, qform: LAS_QFORM }, mask: { ...LESION, sform: ZEROS, qform: LAS_QFORM } },
  zero: { image: { ...CT, sform: ZEROS }, mask: LESION },
  identity: { image: CT, mask: { ...LESION, sform: [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]], pixdim: [1, 1, 1] } },
  'other-axes': { image: CT, mask: { ...LESION, sform: [[0, 0, 1, 0], [0, 1, 0, 0], [1, 0, 0, 0]], pixdim: [1, 1, 1] } },
  metres: { image: CT, mask: { ...LESION, xyztUnits: 1 } },
  formless: { image: CT, mask: { ...LESION, fields: { sform_code: 0 } } },
  pixdim: { image: { ...CT, pixdim: [0.5, 0.5, 6] }, mask: { ...LESION, pixdim: [0.5, 0.5, 6] } },
  alone: { image: null, mask: { ...LESION, sform: [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]], pixdim: [1, 1, 1] } },
  autoscaled: { image: CT, mask: { ...LESION, datatype: 'int16', voxels: (i, j, k) => i < 2 && j === 0 && (k === 1 || k === 2) ? 32767 : -32768, slope: 1 / 65535, inter: 32768 / 65535 } },
  inverted: { image: CT, mask: { ...LESION, voxels: (i, j, k) => i < 2 && j === 0 && (k === 1 || k === 2) ? 0 : 1, slope: -1, inter: 1 } },
  grey: { image: { ...CT, inter: 0 } },
  long: { image: { shape: [4, 3, 17000], datatype: 'uint8', voxels: () => 7, sform: [[-1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]] } }
}

let dataset: TestApp
let closeApp: () => unknown
const { root } = makeDataset({ after }, Object.entries(STUDIES).map(([id, study]) => ({ id, ...study })))
before(async () => {
  // Slabs of 12 bytes take a page each of the cache.
  dataset = await buildTestApp({ after: (clean) => { closeApp = clean } }, { root, config: { decodeThreads: 2, cacheBytes: 2 ** 28 } })
})
after(async () => { await closeApp() })

async function get (url: string) {
  const { status: statusCode, headers, body } = await dataset.get(url)
  return { statusCode, headers, rawPayload: body as Buffer, json: () => body, body: JSON.stringify(body) }
}
const study = async (id: string) => (await get(`/v1/studies/${id}`)).json()
async function array (url: string) {
  const response = await get(url)
  assert.equal(response.statusCode, 200, response.body)
  return { affine: response.headers['array-affine'] as string | undefined, shape: response.headers['array-shape'], values: [...response.rawPayload], etag: response.headers.etag }
}
async function isProblem (url: string, status: number, code: string) {
  const response = await get(url)
  const problem = response.json()
  assert.deepEqual([response.statusCode, problem.type, problem.status], [status, `urn:niiserve:problem:${code}`, status], response.body)
  return problem
}

describe('a sform of zeros', () => {
  it('gives way to the qform: the picture lies as that of a sound sform, and is not mirrored', async () => {
    const { axes, affineSource, warnings } = await study('zero-over-qform')
    assert.deepEqual([axes, affineSource], ['LAS', 'qform'])
    assert.deepEqual(warnings, ["image: The header's sform is all zero; its qform counts.", "mask: The header's sform is all zero; its qform counts."])
    const [found, sound] = await Promise.all(['zero-over-qform', 'plain'].map(async (id) => await array(`/v1/studies/${id}/image/slices/1.raw?orientation=radiological`)))
    assert.deepEqual([found!.values, found!.affine], [sound!.values, sound!.affine])
  })

  it('without a qform leaves no direction, in words', async () => {
    const { status, axes, affine, affineSource, spacing, shape, warnings } = await study('zero')
    assert.deepEqual({ status, axes, affine, affineSource, spacing, shape }, { status: 'ready', axes: null, affine: null, affineSource: null, spacing: PIXDIM, shape: [4, 3, 5] })
    assert.match(warnings[0], /^image: The header does not state the orientation of the volume: its sform is all zero and there is no qform/)
    assert.match(warnings[1], /^The image has no direction and the mask has \(mask: LAS, .*; image: no direction, .*the image's geometry counts/)
  })

  it('is served in stored order, without a place, as arrays, files and Zarr', async () => {
    const { affine, shape, values } = await array('/v1/studies/zero/image/slices/1.raw')
    assert.deepEqual([affine, shape], [undefined, '3,4'])
    assert.deepEqual(values, (await array('/v1/studies/plain/image/slices/1.raw')).values)
    for (const url of ['image.npy', 'image.nii', 'image/slices/2.png?orientation=native&aspect=physical', 'image/slices/2.png?orientation=native&overlay=mask', 'mask/slices/1.raw']) {
      assert.equal((await get(`/v1/studies/zero/${url}`)).statusCode, 200, url)
    }
    const group = (await get('/zarr/zero/zarr.json')).json()
    const [image] = group.attributes.ome.multiscales
    assert.deepEqual(image.datasets[0].coordinateTransformations, [{ type: 'scale', scale: [8, 0.5, 0.5] }])
    assert.deepEqual(image.axes.map(({ orientation }: { orientation?: object }) => orientation), [undefined, undefined, undefined])
  })

  it('refuses what needs a direction, and says why', async () => {
    for (const url of ['image/slices/1.png', 'image/slices/1.raw?orientation=radiological', 'image/slices/1.raw?plane=coronal', 'image/slices/1.png?orientation=native&labels=true', 'mask/slices/1.jpeg', 'montage.png', 'thumbnail.png']) {
      const { detail, retry } = await isProblem(`/v1/studies/zero/${url}`, 409, 'orientation-unknown')
      assert.match(detail, /its sform is all zero and there is no qform.*orientation=native/)
      assert.equal(retry, false)
    }
  })
})

describe('a mask whose header is not its image\'s', () => {
  for (const id of ['identity', 'other-axes', 'metres', 'formless']) {
    it(`(${id}) lies as the image does, in everything`, async () => {
      const { mask: { bytes, sha256, ...mask }, warnings } = await study(id)
      // 4 voxels of 0.5 x 0.5 x 8 mm
      assert.deepEqual(mask, { file: `masks/${id}_mask.nii.gz`, voxels: 4, volumeMl: 0.008, slices: [1, 2] })
      assert.match(warnings.at(-1), /The mask's affine differs from the image's by up to [\d.]+ mm \(mask: .*; image: LAS, 0\.5 x 0\.5 x 8 mm\); voxels are matched by index, and the image's geometry counts\.$/)
      for (const url of ['mask/slices/1.raw', 'mask/slices/0.raw?plane=coronal&orientation=radiological&aspect=physical', 'mask/slices/1.png?plane=sagittal', 'mask.raw', 'mask.npy?k=1:3']) {
        const [found, sound] = await Promise.all([id, 'plain'].map(async (of) => await array(`/v1/studies/${of}/${url}`)))
        assert.deepEqual([found!.affine, found!.shape], [sound!.affine, sound!.shape], url)
        if (!url.includes('.png')) assert.deepEqual(found!.values, sound!.values, url)
      }
      const label = (await get(`/zarr/${id}/labels/mask/zarr.json`)).json()
      assert.deepEqual(label.attributes.ome.multiscales[0].datasets[0].coordinateTransformations[0].scale, [8, 0.5, 0.5])
      assert.equal((await array(`/zarr/${id}/labels/mask/0/c/1/0/0`)).affine, (await array(`/zarr/${id}/0/c/1/0/0`)).affine)
      assert.deepEqual((await get(`/v1/studies/${id}/slices`)).json().items.map(({ lesionPixels }: { lesionPixels: number }) => lesionPixels), [0, 2, 2, 0, 0])
    })
  }

  it('keeps its own header, in /header and in its files', async () => {
    const header = (await get('/v1/studies/identity/mask/header')).json()
    assert.deepEqual([header.srow_x, header.pixdim.slice(1, 4)], [[1, 0, 0, 0], [1, 1, 1]])
    const file = (await get('/v1/studies/identity/mask.nii')).rawPayload
    assert.equal(file.readFloatLE(280), 1)
  })

  it('has an ETag of its own: the image\'s geometry is in the answer', async () => {
    // The same file under the same image has the same tag; the geometry that is lent to it is part of it.
    const tags = await Promise.all(['plain', 'zero'].map(async (id) => (await get(`/v1/studies/${id}/mask/slices/1.raw`)).headers.etag))
    assert.notEqual(tags[0], tags[1])
  })

  it('counts for itself where its image is not there: 4 voxels of 1 mm³', async () => {
    const { status, mask } = await study('alone')
    assert.deepEqual([status, mask.volumeMl], ['missing', 0.004])
    assert.equal((await array('/v1/studies/alone/mask.raw')).affine, '1,0,0,0,0,1,0,0,0,0,1,0')
  })
})

describe('spacing', () => {
  it('is the affine\'s in every answer where pixdim says otherwise, with a warning that names both', async () => {
    const { spacing, mask, warnings } = await study('pixdim')
    assert.deepEqual([spacing, mask.volumeMl], [PIXDIM, 0.008])
    assert.equal(warnings[0], "image: The header's pixdim is 0.5 x 0.5 x 6 mm and its sform has 0.5 x 0.5 x 8 mm from voxel to voxel; the sform counts.")
    const { affine } = await array('/v1/studies/pixdim/image.raw')
    close(affine!.split(',').map(Number), LAS.flat())
    const group = (await get('/zarr/pixdim/zarr.json')).json()
    const [image] = group.attributes.ome.multiscales
    assert.deepEqual(image.datasets[0].coordinateTransformations[0], { type: 'scale', scale: [8, 0.5, 0.5] })
  })
})

describe('the scaled values of a mask', () => {
  for (const id of ['autoscaled', 'inverted']) {
    it(`(${id}) say what is lesion, everywhere alike`, async () => {
      const { mask, warnings } = await study(id)
      assert.deepEqual([mask.voxels, mask.slices, warnings], [4, [1, 2], []])
      for (const url of ['mask/slices/1.raw', 'mask/slices/0.raw?plane=coronal', 'mask.raw', 'mask.raw?k=1:3&i=0:2', 'mask/slices/1.raw?size=8']) {
        assert.deepEqual((await array(`/v1/studies/${id}/${url}`)).values, (await array(`/v1/studies/plain/${url}`)).values, url)
      }
      const pictures = await Promise.all([id, 'plain'].map(async (of) => (await get(`/v1/studies/${of}/image/slices/1.webp?overlay=mask`)).rawPayload))
      assert.deepEqual(pictures[0], pictures[1])
      assert.deepEqual((await array(`/zarr/${id}/labels/mask/0/c/1/0/0`)).values, (await array('/zarr/plain/labels/mask/0/c/1/0/0')).values)
      const batches = await Promise.all([id, 'plain'].map(async (of) => {
        const body = JSON.stringify({ items: [{ study: of, index: 1 }, { study: of, index: 0 }], arrays: ['mask'] })
        const response = await fetch(`${dataset.origin}/v1/batches.raw`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
        return new Uint8Array(await response.arrayBuffer())
      }))
      assert.deepEqual([...batches[0]!], [1, 1, ...new Array(22).fill(0)])
      assert.deepEqual(batches[0], batches[1])
    })
  }

  it('are kept in the catalog, with how many voxels have each', () => {
    for (const id of ['plain', 'autoscaled', 'inverted']) {
      assert.deepEqual(dataset.services.catalog.study(id)!.mask!.values!.seen, [{ value: 0, voxels: 56 }, { value: 1, voxels: 4 }], id)
    }
  })
})

describe('an image that has no air', () => {
  it('is said to be no CT in Hounsfield units', async () => {
    assert.deepEqual((await study('grey')).warnings, ['image: Nothing in it is below -500 HU (0 to 423); its values may not be Hounsfield units.'])
    assert.deepEqual((await study('plain')).warnings, [])
  })
})

describe('a picture that its format cannot hold', () => {
  it('is a 400 that names the size and the format\'s longest side, before anything is decoded', async () => {
    const { detail, errors } = await isProblem('/v1/studies/long/image/slices/1.webp?plane=coronal&aspect=voxel', 400, 'invalid-request')
    assert.deepEqual(errors, [{ parameter: 'size', detail: '4x17000 pixels do not fit a webp; its longest side is 16383' }])
    assert.match(detail, /16383/)
    assert.equal((await dataset.app.inject({ method: 'HEAD', url: '/v1/studies/long/image/slices/1.webp?plane=coronal&aspect=voxel' })).statusCode, 400)
  })
})
