import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { buildTestApp } from '../support/test-app.js'
import { assertAccessible, launch, openPage } from './chromium.js'

const SHAPE = [24, 20, 8] as const
const hu = (i: number, j: number, k: number) => -900 + 20 * i + 10 * j + k
const lesion = (slices: number) => ({ shape: SHAPE, datatype: 'uint8' as const, voxels: (i: number, j: number, k: number) => Number(k < slices && i > 4 && i < 12 && j > 4 && j < 12) })
const image = (slices = 8) => ({ shape: [24, 20, slices], pixdim: [0.7, 0.7, 8], voxels: hu })

const { origin, json } = await buildTestApp({ after }, {
  studies: [
    { category: 'CT-0', image: image() },
    { category: 'CT-1', image: image(), mask: lesion(2) },
    { category: 'CT-1', image: image(12) },
    { category: 'CT-2', image: image(), mask: lesion(5) },
    { category: 'CT-3', image: null },
    { category: 'CT-4', image: Buffer.from('not a volume') },
    // its mask has another shape, which is a warning
    { category: 'CT-1', image: image(10), mask: lesion(1) }
  ]
})
const browser = await launch({ after })

const PAGES: readonly [name: string, address: string, heading: string][] = [
  ['overview', '/', 'Distribution of the studies'],
  ['studies, a table', '/studies', 'Studies'],
  ['studies, filtered', '/studies?category=CT-1,CT-2&minSlices=8&sort=-lesionMl', 'Studies'],
  ['studies, none', '/studies?search=nothing', 'Studies'],
  ['studies, a gallery', '/studies?view=gallery', 'Studies'],
  ['worklist of studies', '/worklist', 'Worklist'],
  ['worklist of slices', '/worklist?of=slices', 'Worklist'],
  ['worklist, empty', '/worklist?search=nothing', 'Worklist'],
  ['quality', '/quality', 'Contact sheets'],
  ['training', '/training?annotated=true&dtype=float32&size=64x64', 'Split'],
  ['an unknown address', '/no/such/page', 'Nothing is here'],
  ['signing in', '/sign-in', 'Sign in']
]

/** The page is there, and asks for nothing any more. */
async function settled (page: Page, heading: string): Promise<void> {
  await page.getByRole('heading', { name: heading, exact: true }).first().waitFor({ state: 'attached' })
  await answered(page)
  await page.waitForLoadState('networkidle')
}

/** What was asked of the API since the last step is drawn. */
async function answered (page: Page): Promise<void> {
  await page.waitForTimeout(150)
  await page.waitForFunction(() => !document.documentElement.hasAttribute('data-asking'))
}

const total = async (page: Page) => Number((await page.locator('.total strong').innerText()).replace(',', ''))
const queryOf = (page: Page) => Object.fromEntries(new URL(page.url()).searchParams)

describe('every page', () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    it(`is accessible in ${colorScheme} colours, wide and narrow, and says whose data it is`, async () => {
      for (const viewport of [{ width: 1280, height: 800 }, { width: 390, height: 800 }]) {
        const { page, problems } = await openPage(browser, origin, { colorScheme, viewport })
        for (const [name, address, heading] of PAGES) {
          await page.goto(address)
          await settled(page, heading)
          await assertAccessible(page, `${name}, ${colorScheme}, ${viewport.width}`)
          assert.match(await page.locator('footer').innerText(), /Not for diagnosis/, name)
          assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} is wider than ${viewport.width}`)
        }
        assert.deepEqual(problems, [])
        await page.context().close()
      }
    })
  }

  it('shows the licence and the citation', async () => {
    const { page } = await openPage(browser, origin)
    const license = { name: 'CC BY 4.0', url: 'https://creativecommons.org/licenses/by/4.0/' }
    await page.route('**/v1/dataset', async (route) => await route.fulfill({ json: { ...await json('/v1/dataset'), license, citation: 'A. Author, A dataset, 2020' } }))
    for (const address of ['/quality', '/studies/study_0001', '/training']) {
      await page.goto(address)
      const footer = page.locator('footer')
      await footer.getByText('A. Author, A dataset, 2020').waitFor()
      assert.equal(await footer.getByRole('link', { name: license.name }).getAttribute('href'), license.url)
    }
    await page.context().close()
  })
})

describe('the state of Studies', () => {
  it('is the address: a deep link restores it, and the API is asked for just that', async () => {
    const { page, problems } = await openPage(browser, origin)
    const query = 'category=CT-1&annotated=true&sort=-lesionMl'
    await page.goto(`/studies?${query}`)
    await settled(page, 'Studies')
    const { items, total: expected } = await json(`/v1/studies?${query}`)
    assert.equal(await total(page), expected)
    assert.deepEqual(await page.locator('tbody th').allInnerTexts(), items.map(({ id }: { id: string }) => id))
    assert.equal(await page.getByRole('link', { name: 'CT-1', exact: false }).first().getAttribute('aria-current'), 'true')
    assert.equal(await page.locator('th[aria-sort=descending]').innerText(), 'Lesion ↓')
    assert.deepEqual(problems, [])
    await page.context().close()
  })

  it('keeps each filter when another is added, and parameters it does not know', async () => {
    const { page } = await openPage(browser, origin)
    await page.goto('/studies?from=elsewhere')
    await settled(page, 'Studies')
    await page.locator('.facet a', { hasText: 'CT-1' }).click()
    await page.locator('.facet a', { hasText: 'with a mask' }).click()
    await page.getByRole('link', { name: 'Gallery' }).click()
    await page.locator('.facet a', { hasText: 'CT-2' }).click()
    assert.deepEqual(queryOf(page), { from: 'elsewhere', category: 'CT-1,CT-2', annotated: 'true', view: 'gallery' })
    await answered(page)
    assert.equal(await total(page), (await json('/v1/studies?category=CT-1,CT-2&annotated=true')).total)
    await page.locator('.facet a', { hasText: 'CT-1' }).click()
    assert.deepEqual(queryOf(page), { from: 'elsewhere', category: 'CT-2', annotated: 'true', view: 'gallery' })
    await page.context().close()
  })

  it('goes back step by step, and a study opens in the viewer with its cohort', async () => {
    const { page } = await openPage(browser, origin)
    await page.goto('/studies')
    await settled(page, 'Studies')
    await page.locator('.facet a', { hasText: 'CT-1' }).click()
    await page.getByRole('link', { name: 'Slices', exact: true }).click()
    await page.locator('tbody th a').first().click()
    const address = new URL(page.url())
    assert.match(address.pathname, /^\/studies\/study_000\d$/)
    assert.equal(address.searchParams.get('cohort'), 'category=CT-1&sort=-slices')
    const addresses = []
    for (let n = 0; n < 3; n++) {
      await page.goBack()
      addresses.push(new URL(page.url()).search)
    }
    assert.deepEqual(addresses, ['?category=CT-1&sort=-slices', '?category=CT-1', ''])
    await settled(page, 'Studies')
    assert.equal(await total(page), 7)
    await page.context().close()
  })

  it('is chosen by a drag over a histogram, as one step back; by a bar; and by typed limits', async () => {
    const { page } = await openPage(browser, origin)
    await page.goto('/studies')
    await settled(page, 'Studies')
    const bars = page.locator('.histogram', { hasText: 'Slices' }).first()
    const box = (await bars.locator('svg').boundingBox())!
    await page.mouse.move(box.x + 4, box.y + 20)
    await page.mouse.down()
    for (const share of [0.1, 0.2, 0.3, 0.4]) await page.mouse.move(box.x + box.width * share, box.y + 20)
    await page.mouse.up()
    const { minSlices, maxSlices } = queryOf(page)
    assert.ok(Number(minSlices) < Number(maxSlices), page.url())
    await answered(page)
    assert.equal(await total(page), (await json(`/v1/studies?minSlices=${minSlices!}&maxSlices=${maxSlices!}`)).total)
    await page.goBack()
    assert.deepEqual(queryOf(page), {})

    await answered(page)
    const last = bars.locator('svg a').last()
    const said = /: (\d+) stud/.exec((await last.getAttribute('aria-label'))!)![1]
    await last.focus()
    await page.keyboard.press('Enter')
    await answered(page)
    assert.equal(await total(page), Number(said))

    await bars.locator('summary').click()
    await bars.getByRole('spinbutton', { name: 'Slices, at least' }).fill('10')
    await page.keyboard.press('Tab')
    assert.equal(queryOf(page)['minSlices'], '10')
    await page.context().close()
  })

  it('is found by id as one types, and copied as what programs ask', async () => {
    const { page } = await openPage(browser, origin, { permissions: ['clipboard-read', 'clipboard-write'] })
    await page.goto('/studies?annotated=true')
    await settled(page, 'Studies')
    await page.getByRole('searchbox').fill('0004')
    await page.waitForFunction(() => document.querySelector('.total strong')?.textContent === '1')
    assert.deepEqual(queryOf(page), { annotated: 'true', search: '0004' })
    await page.getByText('Use this cohort').click()
    await page.locator('.copies button').first().click()
    assert.equal(await page.evaluate(async () => await navigator.clipboard.readText()), `curl -g '${origin}/v1/studies?search=0004&annotated=true'`)
    for (const text of (await page.locator('.copies pre').allInnerTexts()).slice(2)) assert.equal((await fetch(text)).status, 200, text)
    await page.context().close()
  })
})

describe('the worklist', () => {
  it('is worked through by keyboard; verdicts and notes stay in the browser and are exported', async () => {
    const { page, problems } = await openPage(browser, origin)
    await page.goto('/worklist?annotated=true')
    await settled(page, 'Worklist')
    const { items } = await json('/v1/studies?annotated=true&status=ready&sort=-lesionMl')
    const ids = items.map(({ id }: { id: string }) => id)
    const current = async () => await page.locator('.queue [aria-current]').getAttribute('href')
    assert.ok((await page.locator('.desk h2').innerText()).startsWith(ids[0]))
    await page.getByLabel('doubtful').focus()
    await page.keyboard.press('Space')
    await page.keyboard.press('n')
    assert.match((await current())!, new RegExp(`at=${ids[1]!}`))
    await page.getByLabel('Note').fill('n p, "quoted"')
    await page.keyboard.press('Shift+Tab')
    await page.keyboard.press('p')
    assert.match((await current())!, new RegExp(`at=${ids[0]!}`))
    assert.equal(await page.getByLabel('doubtful').isChecked(), true)

    await page.reload()
    await settled(page, 'Worklist')
    assert.equal(await page.getByLabel('doubtful').isChecked(), true)
    const exported = async (name: string) => {
      const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name }).click()])
      const chunks: Buffer[] = []
      for await (const chunk of await file.createReadStream()) chunks.push(chunk as Buffer)
      return Buffer.concat(chunks).toString()
    }
    const marks = JSON.parse(await exported('Export JSON'))
    assert.deepEqual([marks[ids[0]!].verdict, marks[ids[1]!].verdict, marks[ids[1]!].note], ['doubtful', null, 'n p, "quoted"'])
    const [header, ...rows] = (await exported('Export CSV')).trimEnd().split('\r\n')
    assert.equal(header, 'study,slice,verdict,note,seen')
    assert.equal(rows.length, 2)
    assert.ok(rows.some((row) => row.startsWith(`${ids[1]!},,,"n p, ""quoted""",`)), rows.join('\n'))
    assert.deepEqual(problems, [])
    await page.context().close()
  })
})

describe('1110 studies', () => {
  it('are filtered, sorted and brushed; how long that takes is printed', async (t) => {
    const many = await buildTestApp({ after }, { studies: Array.from({ length: 1110 }, (_, n) => ({ category: `CT-${n % 5}`, image: { shape: [4, 4, 30 + n % 24], pixdim: [0.7, 0.7, 1 + n % 8], gzip: true } })) })
    const { page, problems } = await openPage(browser, many.origin)
    await page.goto('/studies')
    await settled(page, 'Studies')
    const devtools = await page.context().newCDPSession(page)
    // CPU time of the page's thread, whatever else the machine does.
    await devtools.send('Performance.enable', { timeDomain: 'threadTicks' })
    const workMs = async () => {
      const { metrics } = await devtools.send('Performance.getMetrics')
      return 1000 * metrics.filter(({ name }) => ['ScriptDuration', 'LayoutDuration', 'RecalcStyleDuration'].includes(name)).reduce((sum, { value }) => sum + value, 0)
    }
    const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!
    const measure = async (name: string, act: string) => {
      const [times, works]: [number[], number[]] = [[], []]
      for (let n = 0; n < 5; n++) {
        await page.goto('/studies')
        await settled(page, 'Studies')
        const before = await workMs()
        times.push(await page.evaluate(async (selector) => {
          const list = document.querySelector('.studies')!
          const started = performance.now()
          document.querySelector<HTMLElement>(selector)!.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true }))
          await new Promise<void>((resolve) => {
            const look = () => { if (list.getAttribute('aria-busy') === 'false') requestAnimationFrame(() => resolve()) }
            new MutationObserver(look).observe(list, { attributeFilter: ['aria-busy'] })
          })
          return performance.now() - started
        }, act))
        works.push(await workMs() - before)
      }
      t.diagnostic(`${name}: ${median(times).toFixed(0)} ms from the click to the list drawn, ${median(works).toFixed(0)} ms of CPU for script, style and layout in it (medians of 5)`)
    }
    await measure('filter by category', '.facet a')
    await measure('sort by slices', 'th a[href*="-slices"]')
    await measure('choose a bar', '.histogram svg a')
    assert.equal((await many.json('/v1/studies?limit=1')).total, 1110)
    assert.deepEqual(problems, [])
  })
})
