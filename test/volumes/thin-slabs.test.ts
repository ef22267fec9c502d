import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { PAGE_BYTES } from '../../src/volumes/arena.js'
import { makeNifti } from '../support/make-nifti.js'
import { buildTestApp } from '../support/test-app.js'

/** Slices of 24 bytes, of 8 KiB, and of 39 KiB whose number does not fill the last slab. */
const SHAPES = [[4, 3, 5000], [64, 64, 301], [100, 200, 23]] as const
const recipes = SHAPES.map((shape) => ({ shape, voxels: (i: number, j: number, k: number) => (i + 7 * j + 97 * k) % 4000 - 1024 }))
const voxels = recipes.map((recipe) => makeNifti(recipe).subarray(352))
// A page for each slice would be 20 times the cache.
const app = await buildTestApp({ after }, { studies: recipes.map((image) => ({ image })), config: { decodeThreads: 2, cacheBytes: 16 * 2 ** 20 } })

describe('a volume of many thin slices', () => {
  for (const [n, [ni, nj, nk]] of SHAPES.entries()) {
    const study = `/v1/studies/study_000${n + 1}/image`
    const at = (i: number, j: number, k: number) => voxels[n]!.readInt16LE(2 * (i + ni * (j + nj * k)))

    it(`${ni} x ${nj} x ${nk} is served whole, as values, as a file and as a box`, async () => {
      assert.ok((await app.bytes(`${study}.raw`)).equals(voxels[n]!))
      assert.ok((await app.bytes(`${study}.nii`)).subarray(352).equals(voxels[n]!))
      const [k0, k1] = [Math.floor(nk / 3), Math.floor(nk / 3) + 9]
      const box = await app.bytes(`${study}.raw?i=1:3&j=1:2&k=${k0}:${k1}`)
      const expected = Array.from({ length: k1 - k0 }, (_, k) => [at(1, 1, k0 + k), at(2, 1, k0 + k)]).flat()
      assert.deepEqual([...new Int16Array(Uint8Array.from(box).buffer)], expected)
      const part = await app.request.get(`${study}.raw`).set('Range', `bytes=${2 * ni * nj * 5 + 3}-${2 * ni * nj * 9}`).buffer(true).parse((response, done) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => done(null, Buffer.concat(chunks)))
      })
      assert.ok((part.body as Buffer).equals(voxels[n]!.subarray(2 * ni * nj * 5 + 3, 2 * ni * nj * 9 + 1)))
    })

    it(`${ni} x ${nj} x ${nk} gives every plane, on an idle server never a 503`, async () => {
      const k = nk - 1
      assert.ok((await app.bytes(`${study}/slices/${k}.raw`)).equals(voxels[n]!.subarray(2 * ni * nj * k)))
      const coronal = await app.bytes(`${study}/slices/2.raw?plane=coronal`)
      const sagittal = await app.bytes(`${study}/slices/3.raw?plane=sagittal`)
      for (let row = 0; row < nk; row++) {
        for (let i = 0; i < ni; i++) if (coronal.readInt16LE(2 * (row * ni + i)) !== at(i, 2, row)) assert.fail(`coronal ${row}, ${i}`)
        for (let j = 0; j < nj; j++) if (sagittal.readInt16LE(2 * (row * nj + j)) !== at(3, j, row)) assert.fail(`sagittal ${row}, ${j}`)
      }
    })
  }

  it('takes no more of the cache than twice its bytes', async (t) => {
    for (const [n, image] of recipes.entries()) {
      const { bytes, services } = await buildTestApp(t, { studies: [{ image }] })
      await bytes('/v1/studies/study_0001/image.raw')
      const { bytes: taken } = services.cache.stats
      assert.ok(taken >= voxels[n]!.length && taken <= 2 * voxels[n]!.length + PAGE_BYTES, `${taken} of ${voxels[n]!.length}`)
    }
  })
})
