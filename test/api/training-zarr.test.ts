import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { FetchStore, get, open, root } from 'zarrita'
import { assertProblem, buildTestApp } from '../support/test-app.js'

const voxels = (i: number, j: number, k: number) => i + 10 * j + 100 * k
const app = await buildTestApp({ after }, {
  studies: [
    { image: { shape: [4, 3, 5], pixdim: [0.5, 0.75, 8] }, mask: { shape: [4, 3, 5], pixdim: [0.5, 0.75, 8], voxels: (i: number, _j: number, k: number) => i === k ? 3 : 0 } },
    // axes of this one: i grows to superior, j to the right, k to anterior
    { image: { shape: [4, 3, 5], sform: [[0, 2, 0, 0], [0, 0, 3, 0], [1, 0, 0, 0]], slope: 0.5, inter: -10 } },
    { image: null },
    { image: { shape: [4, 3, 5], datatype: 'uint8', littleEndian: true, voxels: (i: number) => i } },
    { image: { shape: [4, 3, 5], datatype: 'int64', littleEndian: false, voxels } },
    { image: { shape: [4, 3, 5], pixdim: [0.5, 3, 2], sform: [[-0.5, 0, 0, 40], [0, 0, 2, -30], [0, -3, 0, 7]] } }
  ]
})
const shapeAndValues = ([ni, nj, nk]: readonly [number, number, number], value: (i: number, j: number, k: number) => number) => {
  const values: number[] = []
  for (let k = 0; k < nk; k++) for (let j = 0; j < nj; j++) for (let i = 0; i < ni; i++) values.push(value(i, j, k))
  return { shape: [nk, nj, ni], values }
}
const arrayAt = async (path: string) => await open(root(new FetchStore(`${app.origin}/zarr/${path}`)), { kind: 'array' })
const read = async (path: string) => {
  const { data, shape } = await get(await arrayAt(path))
  return { shape, values: Array.from(data as unknown as ArrayLike<number | bigint>, Number) }
}

describe('GET /zarr/{studyId}', () => {
  it('opens in zarrita as the image, [k, j, i] in HU', async () => {
    assert.deepEqual(await read('study_0001/0'), shapeAndValues([4, 3, 5], voxels))
    assert.deepEqual(await read('study_0002/0'), shapeAndValues([4, 3, 5], (...at) => voxels(...at) / 2 - 10))
    assert.deepEqual(await read('study_0004/0'), shapeAndValues([4, 3, 5], (i) => i))
    assert.deepEqual(await read('study_0005/0'), shapeAndValues([4, 3, 5], voxels))
  })

  it('has the mask as a label of 0 and 1', async () => {
    assert.deepEqual(await read('study_0001/labels/mask/0'), shapeAndValues([4, 3, 5], (i, _j, k) => i === k ? 1 : 0))
    assert.deepEqual((await app.json('/zarr/study_0001/labels/zarr.json')).attributes.ome, { version: '0.5', labels: ['mask'] })
  })

  it('has one chunk per axial slice, wherever the axial axis lies', async () => {
    assert.deepEqual((await arrayAt('study_0001/0')).chunks, [1, 3, 4])
    assert.deepEqual((await arrayAt('study_0002/0')).chunks, [5, 3, 1])
    assert.equal((await app.bytes('/zarr/study_0002/0/c/0/0/3')).length, 5 * 3 * 4)
  })

  it('places a volume where the scanner has it, along the way each axis grows', async () => {
    // x = -0.5 i + 40, y = 2 k - 30, z = -3 j + 7: i grows to the left, j to inferior, k to anterior.
    const { attributes } = await app.json('/zarr/study_0006/zarr.json')
    const [{ axes, datasets }] = attributes.ome.multiscales
    assert.deepEqual(axes.map(({ orientation }: any) => orientation.value), ['posterior-to-anterior', 'superior-to-inferior', 'right-to-left'])
    assert.deepEqual(datasets[0].coordinateTransformations, [{ type: 'scale', scale: [2, 3, 0.5] }, { type: 'translation', translation: [-30, -7, -40] }])
  })

  it('is found as {studyId}.zarr too', async () => {
    assert.deepEqual(await read('study_0001.zarr/0'), await read('study_0001/0'))
    assert.deepEqual(await app.json('/zarr/study_0001.zarr/zarr.json'), await app.json('/zarr/study_0001/zarr.json'))
    assertProblem(await app.get('/zarr/study_9999.zarr/zarr.json'), 404, 'study-not-found')
  })

  it('says axes and millimetres as OME-Zarr 0.5 does', async () => {
    const { attributes, consolidated_metadata: all, ...node } = await app.json('/zarr/study_0001/zarr.json')
    assert.deepEqual(node, { zarr_format: 3, node_type: 'group' })
    assert.deepEqual(attributes.ome, {
      version: '0.5',
      multiscales: [{
        name: 'study_0001',
        axes: [['z', 'inferior-to-superior'], ['y', 'posterior-to-anterior'], ['x', 'right-to-left']].map(([name, value]) => ({ name, type: 'space', unit: 'millimeter', orientation: { type: 'anatomical', value } })),
        // nibabel's fallback, by hand: the volume's centre is the origin, (5 - 1) / 2 * 8 along z, and so on.
        datasets: [{ path: '0', coordinateTransformations: [{ type: 'scale', scale: [8, 0.75, 0.5] }, { type: 'translation', translation: [-16, -0.75, -0.75] }] }]
      }]
    })
    assert.deepEqual(Object.keys(all.metadata), ['0', 'labels', 'labels/mask', 'labels/mask/0'])
    assert.deepEqual(all.metadata['0'], await app.json('/zarr/study_0001/0/zarr.json'))
    const scaled = await app.json('/zarr/study_0002/0/zarr.json')
    assert.deepEqual([scaled.data_type, scaled.fill_value, scaled.codecs], ['float32', 0, [{ name: 'bytes', configuration: { endian: 'little' } }]])
  })

  it('validates metadata and chunks, and answers HEAD', async () => {
    for (const path of ['/zarr/study_0001/zarr.json', '/zarr/study_0001/0/zarr.json', '/zarr/study_0001/0/c/1/0/0', '/zarr/study_0001/labels/mask/0/c/1/0/0']) {
      const { headers } = await app.get(path).set('accept-encoding', 'identity')
      assert.equal((await app.get(path).set('if-none-match', headers.etag!)).status, 304, path)
      const head = await app.request.head(path)
      assert.deepEqual([head.status, head.headers['content-length'], head.headers.etag], [200, headers['content-length'], headers.etag], path)
    }
  })

  it('answers 404 for what is not there', async () => {
    assertProblem(await app.get('/zarr/study_0009/zarr.json'), 404, 'study-not-found')
    assertProblem(await app.get('/zarr/study_0001/0/c/5/0/0'), 404, 'slice-not-found')
    assertProblem(await app.get('/zarr/study_0001/0/c/1/1/0'), 404, 'route-not-found')
    assertProblem(await app.get('/zarr/study_0001/0/c/x/0/0'), 404, 'route-not-found')
    assertProblem(await app.get('/zarr/study_0001/1/zarr.json'), 404, 'route-not-found')
    assertProblem(await app.get('/zarr/study_0001/.zgroup'), 404, 'route-not-found')
    assertProblem(await app.get('/zarr/study_0002/labels/zarr.json'), 404, 'mask-not-found')
    assertProblem(await app.get('/zarr/study_0003/zarr.json'), 404, 'volume-missing')
    assertProblem(await app.request.put('/zarr/study_0001/0/c/1/0/0').send('x'), 405, 'method-not-allowed')
  })
})
