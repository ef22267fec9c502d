import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { runPython } from '../support/python.js'
import { buildTestApp } from '../support/test-app.js'

const ORACLE = fileURLToPath(new URL('placement_oracle.py', import.meta.url))

interface Report { compared: number, differences: string[], studies: number }

let root: string
before(() => { root = mkdtempSync(join(tmpdir(), 'niiserve-placement-')) })
after(() => rmSync(root, { recursive: true, force: true }))

describe('headers that say it twice, wrongly or not at all, and masks that nibabel scaled', () => {
  it('lie and count as nibabel has it: affine, spacing, axes, millilitres, lesion voxels, slices and Zarr', async (t) => {
    const written = await runPython(ORACLE, { do: 'write', root })
    const { origin } = await buildTestApp(t, { root, config: { decodeThreads: 2 } })
    const { compared, differences, studies } = await runPython(ORACLE, { do: 'compare', origin, root }) as Report
    assert.deepEqual(differences, [])
    assert.equal(studies, written)
    assert.ok(compared > 250, `${compared} comparisons`)
  })
})
