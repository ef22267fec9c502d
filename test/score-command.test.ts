import assert from 'node:assert/strict'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { scoreMaskFolder, scoreSeverityFile } from '../src/commands/score.js'
import { textTable } from '../src/commands/text-table.js'
import { readConfig } from '../src/config.js'
import { makeDataset } from './support/test-dataset.js'

const SHAPE = [6, 6, 3]
const image = { shape: SHAPE, voxels: () => 0 }
const mask = { shape: SHAPE, datatype: 'uint8' as const, voxels: (i: number, j: number) => i > 1 && i < 4 && j > 1 && j < 4 ? 1 : 0 }
const dataset = makeDataset({ after }, [{ category: 'CT-0', image }, { category: 'CT-1', image, mask }, { category: 'CT-1', image, mask }])
const config = { ...readConfig({ DATA_ROOT: dataset.root, CATALOG_FILE: ':memory:' }), decodeThreads: 1, logLevel: 'silent' as const }

/** Run a command in this process: what it returns, and what it printed. */
async function run (t: TestContext, command: () => Promise<boolean>): Promise<{ ok: boolean, out: string, err: string }> {
  const [out, err]: [string[], string[]] = [[], []]
  t.mock.method(console, 'log', (line: string) => { out.push(line) })
  t.mock.method(console, 'error', (line: string) => { err.push(line) })
  const ok = await command()
  t.mock.restoreAll()
  return { ok, out: out.join('\n'), err: err.filter((line) => !/^(score|catalog): \d/.test(line)).join('\n') }
}

function folderOf (t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'niiserve-score-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

describe('niiserve score masks', () => {
  it('prints the cases, the worst first, and sums them up; a missing mask counts as empty', async (t) => {
    const folder = folderOf(t)
    copyFileSync(dataset.mask('study_0002'), join(folder, 'study_0002_mask.nii.gz'))
    const table = await run(t, async () => await scoreMaskFolder(config, folder, { tolerance: 3, minLesionMl: 0 }))
    assert.equal(table.ok, true)
    assert.match(table.out, /^study +status +dice.*\nstudy_0003 +missing +0 .*\nstudy_0002 +scored +1 /)
    assert.match(table.out, /\ndice +0\.500 /)
    assert.match(table.out, /1 of 2 masks were not sent/)
    const { out } = await run(t, async () => await scoreMaskFolder(config, folder, { tolerance: 3, minLesionMl: 0.001, json: true }))
    const { aggregates, cases } = JSON.parse(out)
    assert.deepEqual([aggregates.dice.mean, cases.length, cases[1].status], [0.5, 2, 'missing'])
    assert.match((await run(t, async () => await scoreMaskFolder(config, folder, { tolerance: 3, minLesionMl: 0, csv: true }))).out, /^study,status,dice,.*\nstudy_0002,scored,1,/)
  })

  it('says what was refused, and is not satisfied', async (t) => {
    const folder = folderOf(t)
    writeFileSync(join(folder, 'study_0002.nii.gz'), 'no mask')
    copyFileSync(dataset.mask('study_0002'), join(folder, 'study_0001.nii.gz'))
    const { ok, err } = await run(t, async () => await scoreMaskFolder(config, folder, { tolerance: 3, minLesionMl: 0 }))
    assert.equal(ok, false)
    assert.match(err, /^study_0001\.nii\.gz: study_0001 is not an annotated study of the target\nstudy_0002\.nii\.gz: The prediction cannot be read/)
  })
})

describe('niiserve score severity', () => {
  it('prints the flow, the confusion and every figure', async (t) => {
    const file = join(folderOf(t), 'predictions.csv')
    writeFileSync(file, 'study,severity,p0,p1,p2,p3,p4\nstudy_0001,0,0.9,0.1,0,0,0\nstudy_0002,1,0.2,0.8,0,0,0\nstudy_0003,0,0.6,0.4,0,0,0\n')
    const { ok, out } = await run(t, async () => await scoreSeverityFile(config, file, {}))
    assert.equal(ok, true)
    assert.match(out, /^3 studies in the catalog, 3 in the target, 3 predicted, 0 missing, 3 scored/)
    assert.match(out, /accuracy +0\.667 +0\.208 to 0\.939/)
    assert.match(out, /brier at 1 /)
    assert.match(out, /Called CT-0 with findings: study_0003 \(CT-1\)/)
  })

  it('refuses what cannot be used, row by row', async (t) => {
    const file = join(folderOf(t), 'predictions.csv')
    writeFileSync(file, 'study,severity\nstudy_0001,0\nstudy_0002,9\n')
    const { ok, err } = await run(t, async () => await scoreSeverityFile(config, file, { missing: 'exclude' }))
    assert.deepEqual([ok, err], [false, `${file}: predictions.1: study_0002: severity 9 is not a whole number from 0 to 4`])
    writeFileSync(file, 'id,severity\nstudy_0001,0\n')
    assert.match((await run(t, async () => await scoreSeverityFile(config, file, {}))).err, /study: is not a column; the file has id, severity/)
  })
})

describe('a table of text', () => {
  it('puts numbers to the right and shows what is null', () => {
    assert.equal(textTable([['name', 'n'], ['a', 12], ['long', null], ['b', 0.25]]), 'name      n\na        12\nlong      -\nb     0.250')
  })
})
