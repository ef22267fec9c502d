import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import sharp from 'sharp'
import { buildTestApp } from '../support/test-app.js'

const hu = (i: number, j: number, k: number) => -1000 + 100 * i + 10 * j + k
const STUDY = { image: { shape: [8, 6, 4], voxels: hu }, mask: { shape: [8, 6, 4], datatype: 'uint8' as const, voxels: (i: number, j: number, k: number) => k === 2 && i > 2 && j > 1 ? 1 : 0 } }

describe('a thumbnail', () => {
  it('is the picture of its slice, in the window and with the overlay that are asked for', async (t) => {
    const { bytes } = await buildTestApp(t, { studies: [STUDY] })
    for (const look of ['', 'window=40,400', 'window=-900,100&overlay=contour', 'overlay=mask&overlayColor=00FF00&overlayOpacity=0.5']) {
      const pixels = async (path: string) => await sharp(await bytes(path)).raw().toBuffer({ resolveWithObject: true })
      const [thumbnail, slice] = await Promise.all([
        pixels(`/v1/studies/study_0001/thumbnail.png?size=16&${look}`),
        pixels(`/v1/studies/study_0001/image/slices/2.png?size=16&aspect=physical&${look}`)
      ])
      assert.deepEqual([thumbnail.info.width, thumbnail.info.channels], [slice.info.width, slice.info.channels], look)
      assert.deepEqual(thumbnail.data, slice.data, look)
    }
  })

  it('has no overlay where the study has no mask, and says so', async (t) => {
    const { get } = await buildTestApp(t, { studies: [{ image: STUDY.image }] })
    assert.equal((await get('/v1/studies/study_0001/thumbnail.png?overlay=contour')).body.type, 'urn:niiserve:problem:mask-not-found')
  })
})
