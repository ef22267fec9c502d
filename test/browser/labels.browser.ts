import assert from 'node:assert/strict'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { makeNifti } from '../support/make-nifti.js'
import { readPng } from '../render/read-png.js'
import { buildTestApp } from '../support/test-app.js'
import { assertAccessible, launch, openPage } from './chromium.js'
import { difference, drawn, pixelsOf, queryOf, settled, show } from './viewer-page.js'
import { writeFiles } from '../support/write-files.js'

// Two label sets: organs (1 kidney, 3 tumour) and a binary one.
const root = realpathSync(mkdtempSync(join(tmpdir(), 'niiserve-test-')))
after(() => rmSync(root, { recursive: true }))
const SHAPE = [40, 30, 12]
const GEOMETRY = { shape: SHAPE, sform: [[-0.5, 0, 0, 10], [0, 0.5, 0, -20], [0, 0, 2, 30]], pixdim: [0.5, 0.5, 2] }
const organs = (i: number, j: number, k: number) => k < 3 || k > 8 ? 0 : i > 8 && i < 16 && j > 8 && j < 20 ? 1 : i > 22 && i < 30 && j > 10 && j < 16 ? 3 : 0
const FILES: Record<string, string | Buffer> = {
  'niiserve.json': JSON.stringify({ title: 'Kidneys', studies: 'studies.csv', labels: { mask: [{ value: 1, name: 'kidney', color: '#0080ff' }, { value: 3, name: 'tumour', color: '#ffc000' }], box: [{ value: 1, name: 'box' }] } }),
  'studies.csv': 'id,image,mask,mask_box\nA,a.nii,ma.nii,ba.nii\nB,b.nii,,\n',
  'a.nii': makeNifti({ ...GEOMETRY, voxels: (i, j, k) => (i - 20) ** 2 + (j - 15) ** 2 < 150 ? 30 + k : -1000 }),
  'b.nii': makeNifti({ ...GEOMETRY, voxels: (i, _j, k) => i < 3 ? -1000 : i + k, fields: { descrip: 'Time=91532.120' } }),
  'ma.nii': makeNifti({ ...GEOMETRY, datatype: 'int16', voxels: organs }),
  'ba.nii': makeNifti({ ...GEOMETRY, datatype: 'uint8', voxels: (i) => Number(i < 5) })
}
writeFiles(root, FILES)
const { origin, bytes } = await buildTestApp({ after }, { root })
const browser = await launch({ after })
const SHOTS = process.env['SCREENSHOTS']

describe('the pages of a dataset with several labels', () => {
  it('viewer: each label in its colour as the service draws it, to be shown or not, set by set', async () => {
    const { page, problems } = await openPage(browser, origin)
    await show(page, '/studies/A?mask=fill&window=mediastinal')
    if (SHOTS !== undefined) await page.screenshot({ path: join(SHOTS, 'viewer.png') })
    const slice = Number(await page.getByRole('slider', { name: 'axial slice' }).getAttribute('aria-valuenow'))
    const served = async (query: string) => readPng(await bytes(`/v1/studies/A/image/slices/${slice}.png?aspect=physical&window=mediastinal&overlay=labels${query}`))
    assert.ok(difference(await pixelsOf(page), await served('')) <= 1)
    await page.getByLabel('kidney').uncheck()
    await settled(page)
    assert.ok(difference(await pixelsOf(page), await served('&label=tumour')) <= 1)
    assert.equal((await queryOf(page)).get('hide'), 'kidney')
    await page.getByLabel('Label set').selectOption('box')
    await drawn(page)
    await page.waitForFunction(() => document.querySelector('.v-labels')?.textContent === 'box')
    await page.waitForFunction(() => !document.querySelector('.v-loading progress'))
    await settled(page)
    assert.ok(difference(await pixelsOf(page), await served('&set=box')) <= 1)
    await assertAccessible(page, 'viewer with labels')
    assert.deepEqual(problems, [])
  })

  it('Overview lists labels, Studies filters by them, Quality shows the findings', async () => {
    const { page, problems } = await openPage(browser, origin)
    await page.goto('/')
    await page.getByRole('link', { name: 'tumour' }).click()
    await page.getByText('1 study', { exact: true }).waitFor()
    assert.equal(new URL(page.url()).searchParams.get('hasLabel'), 'tumour')
    await assertAccessible(page, 'studies with labels')
    await page.goto('/quality')
    await page.getByText('Texts that may identify a person or a moment').waitFor()
    assert.equal(await page.getByRole('region', { name: 'Findings' }).getByRole('link', { name: 'B', exact: true }).count() > 0, true)
    if (SHOTS !== undefined) await page.screenshot({ path: join(SHOTS, 'quality.png') })
    await assertAccessible(page, 'quality with findings')
    assert.deepEqual(problems, [])
  })
})
