import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import { makeNifti } from '../support/make-nifti.js'
import { buildTestApp } from '../support/test-app.js'
import { assertAccessible, launch, openPage } from './chromium.js'

const SHAPE = [24, 20, 6] as const
const lesion = (slices: number) => ({ shape: SHAPE, datatype: 'uint8' as const, voxels: (i: number, j: number, k: number) => Number(k < slices && i > 4 && i < 12 && j > 4 && j < 12) })
const image = { shape: SHAPE, pixdim: [0.7, 0.7, 8], voxels: (i: number, j: number, k: number) => -900 + 20 * i + 10 * j + k }

// Three of each grade; of CT-1, all have a mask. Ids count through the grades: study_0001 to study_0003 are CT-0.
const STUDIES = [0, 1, 2, 3, 4].flatMap((grade) => [2, 3, 4].map((slices) => ({ category: `CT-${grade}`, image, ...(grade === 1 && { mask: lesion(slices) }) })))
const REFERENCE = STUDIES.map(({ category }) => Number(category.slice(3)))
const idOf = (n: number) => `study_${String(n + 1).padStart(4, '0')}`

const { origin } = await buildTestApp({ after }, { studies: STUDIES })
const keyed = await buildTestApp({ after }, { studies: STUDIES, config: { apiKeys: ['radiology=a-secret-key'] } })
const browser = await launch({ after })

/** Grades with some errors, one of which misses a CT-4, and probabilities that lean to the grade. */
const predictions = (shift: number) => REFERENCE.map((reference, n) => {
  const severity = n === 12 ? 0 : (reference + (n % 4 === shift ? 1 : 0)) % 5
  return { study: idOf(n), severity, probabilities: [0, 1, 2, 3, 4].map((grade) => grade === severity ? 0.6 : 0.1) }
})
const csvOf = (rows: ReturnType<typeof predictions>) => ['study,severity,p0,p1,p2,p3,p4', ...rows.map(({ study, severity, probabilities }) => [study, severity, ...probabilities].join())].join('\r\n')
const csv = (name: string, rows: ReturnType<typeof predictions>) => ({ name, mimeType: 'text/csv', buffer: Buffer.from(csvOf(rows)) })
const FIRST = predictions(1)
const SECOND = predictions(2)

async function scored (rows: ReturnType<typeof predictions>, query = '', missing = 'error'): Promise<any> {
  const answer = await fetch(`${origin}/v1/scores/severity.json${query}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ predictions: rows, missing }) })
  assert.equal(answer.status, 200)
  return await answer.json()
}

async function dropped (page: Page, ...files: { name: string, mimeType: string, buffer: Buffer }[]): Promise<void> {
  await page.getByRole('heading', { name: 'Evaluate', exact: true }).waitFor()
  await page.getByLabel('Files of predictions').setInputFiles(files)
}

/** A table as texts, row by row; header cells too. */
const cells = async (page: Page, selector: string) => await page.locator(selector).evaluate((table) => [...table.querySelectorAll('tr')].map((row) => [...row.children].map((cell) => (cell as HTMLElement).innerText.trim())))

const figure = ({ value, low, high }: { value: number, low: number | null, high: number | null }) => low === null ? value.toFixed(3) : `${value.toFixed(3)} ${low.toFixed(3)}–${high!.toFixed(3)}`

describe('grades on /evaluate', () => {
  it('are shown as the API scores them: matrix, triage, curves, missed studies, report', async () => {
    const { page, problems } = await openPage(browser, origin)
    await page.goto('/evaluate')
    await dropped(page, csv('first.csv', FIRST))
    await page.locator('.confusion').waitFor()
    const answer = await scored(FIRST)

    const matrix = (await cells(page, '.confusion')).slice(1)
    assert.deepEqual(matrix.map((row) => row.slice(1, 6).map(Number)), answer.severity.confusion)
    assert.deepEqual(matrix.map((row) => row[6]), answer.severity.classes.map(({ recall }: any) => figure(recall)))

    const agreement = Object.fromEntries((await cells(page, '.agreement')).slice(1))
    assert.equal(agreement['Weighted kappa (quadratic)'], figure(answer.severity.qwk))
    assert.equal(agreement['Ranked probability score'], figure(answer.severity.rps))

    const triage = Object.fromEntries((await cells(page, '.triage')).slice(1).map(([name, ...row]) => [name, row]))
    assert.deepEqual(triage['TP'], answer.triage.map(({ tp }: any) => String(tp)))
    for (const [name, key] of [['Sensitivity', 'sensitivity'], ['AUC', 'auc'], ['ECE', 'ece']] as const) assert.deepEqual(triage[name], answer.triage.map((at: any) => figure(at[key])), name)

    assert.deepEqual((await cells(page, '.missed')).slice(1), answer.missed.map(({ study, category, predicted }: any) => [study, category, `CT-${predicted}`]))
    assert.equal(await page.locator('.missed a').first().getAttribute('href'), `/studies/${answer.missed[0].study}`)

    const plot = page.locator('.curve-plot', { has: page.getByRole('heading', { name: 'ROC' }) })
    await plot.locator('summary').click()
    await plot.locator('table').waitFor()
    assert.equal(await plot.locator('tbody tr').count(), answer.triage.reduce((sum: number, { roc }: any) => sum + roc.length, 0))
    const [x, y] = answer.triage[1].roc[1]
    assert.equal((await plot.locator('.curve.tone-1 polyline').first().getAttribute('points'))!.split(' ')[1], `${(200 * x).toFixed(2)},${(200 * (1 - y)).toFixed(2)}`)

    assert.deepEqual((await cells(page, '.flow')).slice(1).map(([, n]) => Number(n)), ['catalogued', 'targeted', 'predicted', 'missing', 'scored'].map((key) => answer.flow[key]))
    assert.deepEqual(await page.locator('.caveats li').allInnerTexts(), answer.caveats)
    assert.equal(await page.locator('.definitions dt').count(), Object.keys(answer.definitions).length)
    assert.deepEqual(problems, [])
    await page.context().close()
  })

  it('stand side by side where two files are dropped; a third takes the place of the first', async () => {
    const { page } = await openPage(browser, origin)
    await page.goto('/evaluate')
    await dropped(page, csv('first.csv', FIRST), csv('second.csv', SECOND))
    await page.locator('.result').nth(1).waitFor()
    const [first, second] = [await scored(FIRST), await scored(SECOND)]
    const [header, kappa] = await cells(page, '.agreement')
    assert.deepEqual(header!.slice(1), ['first.csv', 'second.csv'])
    assert.deepEqual(kappa!.slice(1), [figure(first.severity.qwk), figure(second.severity.qwk)])
    await dropped(page, csv('third.csv', FIRST))
    await page.getByRole('region', { name: 'third.csv' }).waitFor()
    assert.deepEqual((await cells(page, '.agreement'))[0]!.slice(1), ['second.csv', 'third.csv'])
    await page.context().close()
  })

  it('are scored on the target that the address names, and say what is missing', async () => {
    const { page } = await openPage(browser, origin)
    await page.goto('/evaluate?split=test&seed=7&ratios=0.4,0,0.6')
    const query = '?split=test&seed=7&ratios=0.4,0,0.6'
    const split = await (await fetch(`${origin}/v1/splits?seed=7&ratios=0.4,0,0.6`)).json() as { test: string[] }
    const [left, ...rest] = FIRST.filter(({ study }) => split.test.includes(study))
    await dropped(page, csv('first.csv', rest))
    const alert = page.getByRole('alert')
    await alert.waitFor()
    assert.match(await alert.innerText(), new RegExp(left!.study))
    await page.getByLabel('Studies without a row').selectOption('exclude')
    await page.locator('.flow').waitFor()
    const answer = await scored(rest, query, 'exclude')
    assert.deepEqual((await cells(page, '.flow')).slice(1).map(([, n]) => Number(n)), ['catalogued', 'targeted', 'predicted', 'missing', 'scored'].map((key) => answer.flow[key]))
    assert.equal(new URL(page.url()).searchParams.get('missing'), 'exclude')
    await page.context().close()
  })

  it('that cannot be read are named, with what is wrong', async () => {
    const { page } = await openPage(browser, origin)
    await page.goto('/evaluate')
    const alert = page.getByRole('alert')
    await dropped(page, { name: 'odd.csv', mimeType: 'text/csv', buffer: Buffer.from('id,grade\na,1\n') })
    await page.getByText('odd.csv has no column study; it has id, grade.').waitFor()
    await dropped(page, { name: 'odd.csv', mimeType: 'text/csv', buffer: Buffer.from('study,severity\nstudy_0001,mild\n') })
    await page.getByText('severity').and(alert).waitFor()
    await page.context().close()
  })

  it('need the key with every request where keys are configured, and the page keeps it nowhere', async () => {
    const { page, problems } = await openPage(browser, keyed.origin)
    await page.goto('/sign-in?next=evaluate')
    await page.getByLabel('Key').fill('a-secret-key')
    await page.keyboard.press('Enter')
    await dropped(page, csv('first.csv', FIRST))
    await page.getByRole('alert').waitFor()
    await page.getByLabel('Key').fill('a-secret-key')
    await page.getByRole('button', { name: 'Score again' }).click()
    await page.locator('.confusion').waitFor()
    const kept = await page.evaluate(() => JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }, location.href]))
    assert.doesNotMatch(kept, /secret/)
    assert.deepEqual(problems, [])
    await page.context().close()
  })
})

describe('masks on /evaluate', () => {
  const masks = [['study_0004', lesion(1)], ['study_0005', lesion(3)]] as const
  const files = masks.map(([study, made]) => ({ name: `${study}_mask.nii`, mimeType: 'application/octet-stream', buffer: makeNifti(made) }))
  const sent = [...files, { name: 'study_0001.nii', mimeType: 'application/octet-stream', buffer: files[0]!.buffer }]

  it('are shown as the API scores them, the worst first, a missing one as empty; a refused one is named', async () => {
    const { page, problems } = await openPage(browser, origin)
    await page.goto('/evaluate')
    await dropped(page, ...sent)
    await page.getByText('2 masks scored').waitFor()
    const answers = await Promise.all(files.map(async ({ buffer }, n) => await (await fetch(`${origin}/v1/studies/${masks[n]![0]}/mask/scores.json`, { method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body: new Uint8Array(buffer) })).json() as any))
    const rows = (await cells(page, '.cases')).slice(1)
    const expected = answers.map(({ study, dice, nsd, hd95Mm, volumeErrorMl, lesions, geometry }) => [study, dice.toFixed(3), nsd.value.toFixed(3), hd95Mm.toFixed(1), volumeErrorMl.toFixed(2), `${lesions.detected} of ${lesions.reference}`, String(lesions.falsePositives), geometry])
    assert.deepEqual(rows, [['study_0006', '0.000', '–', '–', '–', '–', '–', 'no mask'], ...expected])
    // worked by hand: of two slices of lesion one is found
    assert.equal(rows[1]![1], (2 / 3).toFixed(3))
    assert.match(await page.getByRole('alert').innerText(), /study_0001\.nii: study_0001 is not an annotated study of the target/)
    assert.deepEqual((await cells(page, '.mask-flow')).map(([, n]) => Number(n)), [3, 3, 1, 1, 2])

    await page.getByRole('button', { name: 'study_0004' }).click()
    const picture = page.locator('.case img')
    await picture.waitFor()
    await page.waitForFunction(() => document.querySelector<HTMLImageElement>('.case img')!.naturalWidth > 0)
    assert.equal(await picture.getAttribute('alt'), 'Slice 1 of study_0004: 0 pixels hit, 0 false positive, 49 missed')
    assert.match((await page.getByRole('link', { name: 'in the viewer' }).getAttribute('href'))!, /^\/studies\/study_0004\?slice=1$/)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await assertAccessible(page, `masks, ${colorScheme}`)
    }
    assert.deepEqual(problems, [])
    await page.context().close()
  })
})

describe('two folders of masks on /evaluate', () => {
  /** A folder of its own name with masks, as a browser is given one. */
  const folder = (t: TestContext, name: string, made: Record<string, ReturnType<typeof lesion>>) => {
    const parent = mkdtempSync(join(tmpdir(), 'niiserve-masks-'))
    t.after(() => rmSync(parent, { recursive: true }))
    mkdirSync(join(parent, name))
    for (const [study, mask] of Object.entries(made)) writeFileSync(join(parent, name, `${study}.nii`), makeNifti(mask))
    return join(parent, name)
  }

  it('stand side by side, study by study, with the report; a third takes the place of the first', async (t) => {
    const { page, problems } = await openPage(browser, origin)
    await page.goto('/evaluate')
    await page.getByRole('heading', { name: 'Evaluate', exact: true }).waitFor()
    const drop = async (name: string, made: Record<string, ReturnType<typeof lesion>>) => await page.getByLabel('A folder of masks').setInputFiles(folder(t, name, made))
    // Reference: two, three and four slices of lesion. Worked by hand: n of m slices have Dice 2n / (n + m).
    await drop('careful', { study_0004: lesion(2), study_0005: lesion(3), study_0006: lesion(2) })
    await drop('hasty', { study_0004: lesion(1), study_0005: lesion(3) })
    await page.getByRole('region', { name: 'Comparison' }).waitFor()
    const rows = (await cells(page, '.compared')).map((row) => row.slice(0, 4))
    const shown = (...values: number[]) => values.map((value) => value.toFixed(3))
    assert.deepEqual(rows, [
      ['Study', 'Dice, careful', 'Dice, hasty', 'Dice, difference'],
      ['Mean', ...shown((1 + 1 + 2 / 3) / 3, (2 / 3 + 1 + 0) / 3, 1 / 3)],
      ['study_0006', ...shown(2 / 3, 0, 2 / 3)],
      ['study_0004', ...shown(1, 2 / 3, 1 / 3)],
      ['study_0005', ...shown(1, 1, 0)]
    ])
    for (const name of ['careful', 'hasty']) await page.getByRole('region', { name, exact: true }).getByRole('heading', { name }).waitFor()

    const report = page.getByRole('region', { name: 'Report of masks' })
    await page.emulateMedia({ media: 'print' })
    assert.match((await report.locator('.definitions').innerText()).replace(/\s+/g, ' '), /dice 2tp \/ \(2tp \+ fp \+ fn\) on voxels; .*, \/1/)
    for (const selector of ['.compared', '.report .caveats', '.report .definitions', '.mask-flow']) assert.equal(await page.locator(selector).first().isVisible(), true, selector)
    assert.equal(await page.locator('.drop').isVisible(), false)
    await page.emulateMedia({ media: 'screen' })
    await assertAccessible(page, 'two folders')

    await drop('third', { study_0004: lesion(2) })
    await page.getByRole('columnheader', { name: 'Dice, third' }).waitFor()
    assert.deepEqual((await cells(page, '.compared'))[0]!.slice(1, 3), ['Dice, hasty', 'Dice, third'])
    await page.getByRole('button', { name: 'hasty, 2 masks' }).click()
    await page.getByRole('region', { name: 'Comparison' }).waitFor({ state: 'detached' })
    assert.deepEqual(problems, [])
    await page.context().close()
  })
})

describe('grades of a dataset with categories of its own', () => {
  it('have its names', async (t) => {
    const root = mkdtempSync(join(tmpdir(), 'niiserve-grades-'))
    t.after(() => rmSync(root, { recursive: true }))
    writeFileSync(join(root, 'niiserve.json'), JSON.stringify({ title: 'Emphysema', studies: 'studies.csv', categories: ['none', 'mild', 'severe'].map((id) => ({ id, title: id })) }))
    writeFileSync(join(root, 'studies.csv'), ['id,image,category', 'a,a.nii,none', 'b,b.nii,mild', 'c,c.nii,severe'].join('\n'))
    for (const name of ['a', 'b', 'c']) writeFileSync(join(root, `${name}.nii`), makeNifti(image))
    const own = await buildTestApp(t, { root })
    const { page } = await openPage(browser, own.origin)
    await page.goto('/evaluate')
    await dropped(page, { name: 'grades.csv', mimeType: 'text/csv', buffer: Buffer.from('study,severity\na,0\nb,1\nc,0\n') })
    await page.locator('.confusion').waitFor()
    assert.deepEqual((await cells(page, '.confusion'))[0]!.slice(1, 5), ['none', 'mild', 'severe', 'grade 3'])
    assert.deepEqual((await cells(page, '.triage'))[0]!.slice(1, 3), ['mild or more', 'severe or more'])
    assert.deepEqual((await cells(page, '.missed'))[1], ['c', 'severe', 'none'])
    assert.doesNotMatch(await page.locator('main').innerText(), /CT-\d|tenth image/)
    await page.context().close()
  })
})

describe('the page', () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    it(`is accessible in ${colorScheme} colours, empty and with results, wide and narrow`, async () => {
      for (const viewport of [{ width: 1280, height: 800 }, { width: 390, height: 800 }]) {
        const { page } = await openPage(browser, origin, { colorScheme, viewport })
        await page.goto('/evaluate')
        await page.getByRole('heading', { name: 'Evaluate', exact: true }).waitFor()
        await assertAccessible(page, `empty, ${colorScheme}, ${viewport.width}`)
        await dropped(page, csv('first.csv', FIRST), csv('second.csv', SECOND))
        await page.locator('.result').nth(1).waitFor()
        for (const summary of await page.locator('.curve-plot summary').all()) await summary.click()
        await assertAccessible(page, `grades, ${colorScheme}, ${viewport.width}`)
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `wider than ${viewport.width}`)
        await page.context().close()
      }
    })
  }

  it('prints the report without what is clicked', async () => {
    const { page } = await openPage(browser, origin)
    await page.goto('/evaluate')
    await dropped(page, csv('first.csv', FIRST))
    await page.locator('.flow').waitFor()
    await page.emulateMedia({ media: 'print' })
    assert.equal(await page.locator('.top').isVisible(), false)
    assert.equal(await page.locator('.drop').isVisible(), false)
    for (const selector of ['.flow', '.definitions', '.caveats', '.confusion', '.triage']) assert.equal(await page.locator(selector).isVisible(), true, selector)
    await page.context().close()
  })
})
