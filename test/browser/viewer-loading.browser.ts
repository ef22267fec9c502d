import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { buildTestApp } from '../support/test-app.js'
import { assertAccessible, launch, openPage } from './chromium.js'
import { drawn, show } from './viewer-page.js'

const image = { shape: [32, 32, 10] as const, sform: [[-1, 0, 0, 10], [0, 1, 0, -20], [0, 0, 2, 30]] as const, voxels: (i: number, j: number, k: number) => -900 + 20 * i + 10 * j + k }
const mask = { ...image, datatype: 'uint8' as const, voxels: (i: number, j: number, k: number) => Number(i > 20 && j > 20 && k > 5) }
const { origin } = await buildTestApp({ after }, {
  studies: [{ image, mask }, { image: Buffer.from('not a gzip file') }, { image: null }, { image, mask: { ...mask, shape: [32, 32, 9] } }, { image }]
})
const browser = await launch({ after })

describe('what cannot be drawn', () => {
  it('is said in words where the picture would be', async () => {
    const { page, problems } = await openPage(browser, origin)
    for (const [id, words] of [['study_0002', /damaged and is not drawn/], ['study_0003', /file of this study is missing/], ['study_0404', /no such study/]] as const) {
      await page.goto(`/studies/${id}`)
      const notice = page.getByRole('alert')
      await notice.waitFor()
      assert.match((await notice.textContent())!, words)
      assert.equal(await page.locator('.v-canvas:not([hidden])').count(), 0)
    }
    await show(page, '/studies/study_0004')
    await page.getByText(/Mask of study_0004|does not fit|mask/i).first().waitFor()
    assert.deepEqual(problems, [])
  })

  it('is waited for while the study is being read, and then drawn', async () => {
    const { page } = await openPage(browser, origin)
    let refusals = 2
    await page.route('**/image/slices/*.raw*', async (route) => {
      if (refusals-- <= 0) return await route.continue()
      await route.fulfill({ status: 503, headers: { 'retry-after': '1' }, contentType: 'application/problem+json', body: JSON.stringify({ type: 'urn:niiserve:problem:catalog-building', title: 'Catalog building', detail: 'study_0001 is still being read into the catalog; try again in 1 s.' }) })
    })
    await page.goto('/studies/study_0001?slice=3')
    await page.getByText('This study is still being read').waitFor()
    await drawn(page)
  })

  it('is asked for again by a button', async () => {
    const { page } = await openPage(browser, origin)
    await page.route('**/image/slices/*.raw*', async (route) => await route.abort())
    await page.goto('/studies/study_0001?slice=3')
    await page.getByText('The service does not answer').first().waitFor()
    await page.unroute('**/image/slices/*.raw*')
    await page.getByRole('button', { name: 'Try again' }).click()
    await drawn(page)
  })
})

describe('leaving a study', () => {
  it('cancels its requests', async () => {
    const { page } = await openPage(browser, origin)
    const [begun, failed]: [string[], string[]] = [[], []]
    page.on('request', (request) => begun.push(new URL(request.url()).pathname))
    page.on('requestfailed', (request) => failed.push(`${new URL(request.url()).pathname} ${request.failure()?.errorText}`))
    await page.route('**/image.raw', async () => {}) // never answered
    await show(page, '/studies/study_0001?slice=3')
    while (!begun.includes('/v1/studies/study_0001/image.raw')) await page.waitForTimeout(20)
    await page.getByRole('link', { name: 'Overview', exact: true }).click()
    await page.locator('.viewer').waitFor({ state: 'detached' })
    while (failed.length === 0) await page.waitForTimeout(20)
    assert.deepEqual(failed, ['/v1/studies/study_0001/image.raw net::ERR_ABORTED'])
    assert.ok(!begun.includes('/v1/studies/study_0001/mask.raw'))
    assert.deepEqual(begun.filter((path) => path.startsWith('/v1/studies/') && !path.startsWith('/v1/studies/study_0001')), [], 'and opens no other')
  })
})

describe('NiiVue', () => {
  it('is fetched when it is asked for, and not before', async () => {
    const { page } = await openPage(browser, origin)
    const scripts: string[] = []
    page.on('request', (request) => { if (request.url().includes('/assets/')) scripts.push(request.url()) })
    await show(page, '/studies/study_0001?slice=3')
    assert.ok(!scripts.some((url) => url.includes('niivue')))
    await page.getByRole('button', { name: '3-D' }).click()
    await page.getByRole('dialog').waitFor()
    while (!scripts.some((url) => url.includes('niivue'))) await page.waitForTimeout(50)
  })
})

describe('axe', () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    it(`finds nothing in the viewer, whatever its state, in ${colorScheme}`, async () => {
      const { page } = await openPage(browser, origin, { colorScheme })
      const states: [name: string, query: string, canvases: number][] = [
        ['one plane', 'slice=7&mask=fill', 1], ['three planes', 'layout=three&tool=ruler&measure=ruler~0~axial~5_4_8~25_4_8,roi~0~axial~5_14_8~25_24_8', 3],
        ['side by side', 'with=study_0005,study_0004&invert=1&flip=h', 3], ['compare, nothing beside', 'layout=compare', 1]
      ]
      for (const [name, query, canvases] of states) {
        await show(page, `/studies/study_0001?${query}`, canvases)
        await assertAccessible(page, name)
      }
      await page.keyboard.press('?')
      await page.getByRole('dialog').waitFor()
      await assertAccessible(page, 'keys')
      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: '3-D' }).click()
      await page.getByRole('dialog').waitFor()
      await assertAccessible(page, '3-D')
      for (const id of ['study_0002', 'study_0003']) {
        await page.goto(`/studies/${id}`)
        await page.getByRole('alert').waitFor()
        await assertAccessible(page, `${id}, said in words`)
      }
      await page.setViewportSize({ width: 390, height: 844 })
      await show(page, '/studies/study_0001?layout=three', 3)
      await assertAccessible(page, 'narrow')
    })
  }
})
