import assert from 'node:assert/strict'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import { makePhantomStudy } from '../../src/demo/phantom.js'
import { runPython } from '../support/python.js'
import { buildTestApp } from '../support/test-app.js'

const MASKS = fileURLToPath(new URL('../../../shared/mosmed/masks', import.meta.url))
/** Three of the 25 annotated ones. */
const STUDIES = ['study_0255', 'study_0262', 'study_0279']
/** Where voxels begin in a file with no extension: 348 bytes of header and 4 of flags (nifti1.h). */
const VOXELS_AT = 352

interface Report { compared: number, differences: string[], volumes: number }

let root: string
before(() => { root = mkdtempSync(join(tmpdir(), 'niiserve-full-size-')) })
after(() => rmSync(root, { recursive: true, force: true }))

/**
 * The header of the study's real mask, where the dataset is at hand; else one like it, spelled out: 512 x 512 x 41
 * int16 voxels of 0.7 x 0.7 x 8 mm, qfac -1 and an sform of diag(-0.7, 0.7, 8), LAS.
 */
function headerOf (study: string): Buffer {
  const file = join(MASKS, `${study}_mask.nii.gz`)
  if (existsSync(file)) return gunzipSync(readFileSync(file)).subarray(0, VOXELS_AT)
  const header = Buffer.alloc(VOXELS_AT)
  header.writeInt32LE(348, 0)
  const shorts = (at: number, ...values: number[]) => values.forEach((value, n) => header.writeInt16LE(value, at + 2 * n))
  const floats = (at: number, ...values: number[]) => values.forEach((value, n) => header.writeFloatLE(value, at + 4 * n))
  shorts(40, 3, 512, 512, 41, 1, 1, 1, 1)
  shorts(70, 4, 16)
  floats(76, -1, 0.7, 0.7, 8)
  floats(108, VOXELS_AT, 1, 0)
  header[123] = 10
  shorts(252, 1, 1)
  floats(256, 0, 1, 0, 180, -180, -1100)
  floats(280, -0.7, 0, 0, 180, 0, 0.7, 0, -180, 0, 0, 8, -1100)
  header.write('n+1', 344)
  return header
}

/** A chest of the header's size, as the header says it lies on disk, and its mask: the real one where there is one. */
function writeStudy (study: string, seed: number): void {
  const header = headerOf(study)
  const shape = [0, 1, 2].map((axis) => header.readInt16LE(42 + 2 * axis)) as [number, number, number]
  const spacing = [0, 1, 2].map((axis) => header.readFloatLE(80 + 4 * axis)) as [number, number, number]
  assert.equal(header.readInt16LE(70), 4, 'int16')
  const { image, mask } = makePhantomStudy({ seed, category: 'CT-1', shape, spacing })
  const file = (voxels: Int16Array) => gzipSync(Buffer.concat([header, Buffer.from(voxels.buffer)]))
  writeFileSync(join(root, 'studies', 'CT-1', `${study}.nii.gz`), file(image))
  const real = join(MASKS, `${study}_mask.nii.gz`)
  const to = join(root, 'masks', `${study}_mask.nii.gz`)
  if (existsSync(real)) copyFileSync(real, to)
  else writeFileSync(to, file(Int16Array.from(mask)))
}

describe('a full-size dataset with the headers of real masks', () => {
  it('is served byte for byte as nibabel reads it: slices, volumes, boxes, ranges', async (t) => {
    for (const folder of ['studies/CT-1', 'masks']) mkdirSync(join(root, folder), { recursive: true })
    STUDIES.forEach(writeStudy)
    // Less than two volumes fit: most of what is asked for was evicted, or never there.
    const { origin, json } = await buildTestApp(t, { root, config: { cacheBytes: 32 * 2 ** 20, decodeThreads: 2 } })
    const { items } = await json('/v1/studies')
    assert.deepEqual(items.map(({ id, status, warnings, axes }: Record<string, unknown>) => [id, status, warnings, axes]), STUDIES.map((id) => [id, 'ready', [], 'LAS']))

    const { compared, differences, volumes } = await runPython(fileURLToPath(new URL('compare_volumes.py', import.meta.url)), { origin, root }) as Report
    assert.deepEqual(differences, [])
    assert.equal(volumes, 2 * STUDIES.length)
    assert.ok(compared > volumes * 100, `${compared} comparisons`)
  })
})
