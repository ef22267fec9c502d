import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { runPython } from '../support/python.js'
import { buildTestApp } from '../support/test-app.js'

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))

interface Report { compared: number, differences: string[], studies: number, volumes: number, segmentations: number }

const root = mkdtempSync(join(tmpdir(), 'niiserve-dicomweb-'))
const files = join(root, 'files')
after(() => rmSync(root, { recursive: true, force: true }))

const hasProgram = (name: string) => spawnSync('which', [name]).status === 0

/** What dciodvfy has against the files of a folder, CT and SEG. */
function faultsOf (folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const { stderr } = spawnSync('dciodvfy', [join(folder, name)], { encoding: 'utf8' })
    assert.match(stderr, name.includes('-ct') ? /^CTImage$/m : /^Segmentation$/m)
    return stderr.split('\n').filter((line) => line.startsWith('Error')).map((line) => `${name}: ${line}`)
  })
}
const noDciodvfy = !hasProgram('dciodvfy') && 'dciodvfy is not installed (Debian: dicom3tools)'

describe('every way a volume can lie, as DICOM', () => {
  it('is read to the voxel by dicomweb-client, pydicom and highdicom, at the place that nibabel has it', async (t) => {
    const written = await runPython(here('geometry_oracle.py'), { do: 'write', root })
    mkdirSync(files)
    const { origin } = await buildTestApp(t, { root, config: { decodeThreads: 2 } })
    const { compared, differences, ...counts } = await runPython(here('dicomweb_oracle.py'), { origin, root, files }) as Report
    assert.deepEqual(differences, [])
    assert.equal(counts.studies, written)
    // The rest has a single axial slice, which makes no volume.
    assert.ok(counts.volumes >= 60 && counts.segmentations >= 60, JSON.stringify(counts))
    assert.ok(compared > 400, `${compared} comparisons`)
  })

  it('is without an error to dciodvfy, CT and SEG', { skip: noDciodvfy }, () => {
    assert.ok(readdirSync(files).length > 100)
    assert.deepEqual(faultsOf(files), [])
  })

  it('is read by DCMTK, which finds the file whole', { skip: !hasProgram('dcmdump') && 'dcmdump is not installed (Debian: dcmtk)' }, () => {
    for (const name of readdirSync(files).slice(0, 20)) {
      const text = execFileSync('dcmdump', ['--load-all', '+P', 'PatientID', join(files, name)], { encoding: 'utf8' })
      assert.match(text, /LO \[study_\d{4}\s*\]/)
    }
  })
})

describe('a label set of several labels, as one SEG', () => {
  const [data, left] = [join(root, 'labels'), join(root, 'labels-files')]

  it('is read to the voxel, each segment by itself, by highdicom; frames are its pixels', async (t) => {
    for (const folder of [data, left]) mkdirSync(folder)
    assert.equal(await runPython(here('segments_oracle.py'), { do: 'write', root: data }), 3)
    const { origin } = await buildTestApp(t, { root: data, config: { decodeThreads: 2 } })
    const { differences, compared, segments } = await runPython(here('segments_oracle.py'), { do: 'compare', origin, root: data, files: left }) as Report & { segments: number }
    assert.deepEqual(differences, [])
    assert.deepEqual([segments, compared], [3 * 4, 3 * (1 + 4 + 1)])
  })

  it('is without an error to dciodvfy', { skip: noDciodvfy }, () => {
    assert.equal(readdirSync(left).length, 6)
    assert.deepEqual(faultsOf(left), [])
  })
})
