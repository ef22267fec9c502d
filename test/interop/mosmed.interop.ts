import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { runPython } from '../support/python.js'
import { buildTestApp, type TestApp } from '../support/test-app.js'

/** The real registry and masks: CC BY-NC-ND, so never in this repository. */
const ROOT = fileURLToPath(new URL('../../../shared/mosmed', import.meta.url))
const skip = existsSync(ROOT) ? false : '../shared/mosmed is not there'

interface Report { compared: number, differences: string[], slices: number }

describe('the real dataset: its registry and masks', { skip }, () => {
  let served: TestApp
  let close: () => unknown
  before(async () => { served = await buildTestApp({ after: (clean) => { close = clean } }, { root: ROOT }) })
  after(async () => await close())

  it('has 1110 studies in their categories, 25 of them annotated, and every image missing', async () => {
    const { items } = await served.json('/v1/categories')
    assert.deepEqual(items.map(({ studies }: { studies: number }) => studies), [254, 684, 125, 45, 2])
    const { total, facets } = await served.json('/v1/studies?limit=1&facets=annotated,status')
    assert.equal(total, 1110)
    assert.deepEqual(facets, { annotated: { true: 25, false: 1085 }, status: { missing: 1110 } })
  })

  it('serves every slice of the 25 masks as .npy, .raw and .png, voxel for voxel what nibabel reads', async () => {
    const script = fileURLToPath(new URL('compare_masks.py', import.meta.url))
    const { compared, differences, slices } = await runPython(script, { origin: served.origin, root: ROOT }) as Report
    assert.deepEqual(differences, [])
    assert.ok(slices > 25 * 30, `${slices} slices`)
    assert.equal(compared, 25 * 4 + slices * 5)
  })
})
