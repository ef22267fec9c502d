import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { runPython } from '../support/python.js'
import { buildTestApp } from '../support/test-app.js'

const ORACLE = fileURLToPath(new URL('geometry_oracle.py', import.meta.url))

interface Report { compared: number, differences: string[], volumes: number }

let root: string
before(() => { root = mkdtempSync(join(tmpdir(), 'niiserve-geometry-')) })
after(() => rmSync(root, { recursive: true, force: true }))

describe('every way a volume can lie', () => {
  it('is right side up, in place and bit-exact: 48 orientations, obliques, each form and none, in every plane, type and window', async (t) => {
    const written = await runPython(ORACLE, { do: 'write', root })
    const { origin, json } = await buildTestApp(t, { root, config: { decodeThreads: 2 } })
    const { facets } = await json('/v1/studies?limit=1&facets=status')
    assert.deepEqual(facets, { status: { ready: written } })

    const { compared, differences, volumes } = await runPython(ORACLE, { do: 'compare', origin, root }) as Report
    assert.deepEqual(differences, [])
    assert.equal(volumes, written)
    assert.ok(compared > 15_000, `${compared} comparisons`)
  })
})
