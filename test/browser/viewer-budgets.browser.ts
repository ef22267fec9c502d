import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { CDPSession, Page } from 'playwright-core'
import { buildTestApp } from '../support/test-app.js'
import { launch, openPage } from './chromium.js'
import { drawn, show } from './viewer-page.js'

/** A chest-like study of the usual size: 512 x 512 x 41 int16, 21.5 MB. */
const SHAPE = [512, 512, 41] as const
const SFORM = [[-0.7, 0, 0, 180], [0, 0.7, 0, -180], [0, 0, 8, -160]] as const
const plane = 512 * 512
const voxels = Int16Array.from({ length: plane * 41 }, (_, n) => {
  const [i, j] = [n % 512 - 256, Math.floor(n / 512) % 512 - 256]
  return i * i + j * j > 60_000 ? -1000 : (i * i / 2 + j * j < 24_000 ? -850 : 40) + (n * 7919 >> 5) % 64
})
const labels = Uint8Array.from({ length: plane * 41 }, (_, n) => Number(n % 512 > 150 && n % 512 < 250 && Math.floor(n / 512) % 512 > 200 && Math.floor(n / 512) % 512 < 330))
const image = { shape: SHAPE, sform: SFORM, pixdim: [0.7, 0.7, 8], voxels }
const mask = { shape: SHAPE, sform: SFORM, pixdim: [0.7, 0.7, 8], datatype: 'uint8' as const, voxels: labels }

const { origin, bytes } = await buildTestApp({ after }, {
  studies: [{ image, mask }, { image, mask }, { image, mask }, { image, mask }],
  config: { cacheBytes: 256 * 2 ** 20, decodeThreads: 2 }
})
const browser = await launch({ after })

/** Notes when the first picture is seen, before anything of the page runs. */
const NOTE_FIRST = () => {
  new MutationObserver((_, observer) => {
    const shown = document.querySelector<HTMLElement>('.v-canvas')?.dataset['shown']
    if (shown === undefined || shown.endsWith('partly')) return
    observer.disconnect()
    requestAnimationFrame(() => { performance.mark('first picture') })
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-shown'] })
}

const seconds = async (session: CDPSession) => {
  const { metrics } = await session.send('Performance.getMetrics')
  return metrics.find(({ name }) => name === 'ScriptDuration')!.value
}

interface Frames { script: number, median: number, worst: number, count: number }

/** One event a frame, as a hand at the wheel or mouse gives at 60 Hz; what scripts took a frame, and how far frames were apart, in ms. */
async function framesOf (page: Page, kind: 'scroll' | 'drag', count = 120): Promise<Frames> {
  const session = await page.context().newCDPSession(page)
  // The thread's own time: what other processes take meanwhile is not the page's.
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  const begun = await seconds(session)
  const gaps = await page.evaluate(async ({ kind, count }) => {
    const stage = document.querySelector<HTMLElement>('.v-stage')!
    const { left, top } = stage.getBoundingClientRect()
    stage.setPointerCapture = () => {}
    const pointer = (type: string, step: number) => stage.dispatchEvent(new PointerEvent(type, { clientX: left + 200 + step, clientY: top + 200 + step / 2, button: 0, pointerId: 1, bubbles: true }))
    const frame = async () => await new Promise<number>((resolve) => requestAnimationFrame(resolve))
    const times: number[] = []
    if (kind === 'drag') pointer('pointerdown', 0)
    for (let n = 0; n < count; n++) {
      times.push(await frame())
      if (kind === 'drag') pointer('pointermove', n)
      else stage.dispatchEvent(new WheelEvent('wheel', { deltaY: n % 60 < 30 ? 120 : -120, clientX: left + 200, clientY: top + 200, bubbles: true, cancelable: true }))
    }
    if (kind === 'drag') pointer('pointerup', count)
    return times.slice(1).map((time, n) => time - times[n]!)
  }, { kind, count })
  const script = (await seconds(session) - begun) / count * 1000
  await session.detach()
  gaps.sort((a, b) => a - b)
  return { script, median: gaps[Math.floor(gaps.length / 2)]!, worst: gaps.at(-1)!, count }
}

describe('the viewer\'s budgets, measured here and not held to a clock', () => {
  const rows: string[] = []
  const row = (what: string, budget: string, found: string) => rows.push(`${what.padEnd(58)} ${budget.padEnd(14)} ${found}`)
  after(() => console.log(`\n${rows.join('\n')}\n`))

  before(async () => { await bytes('/v1/studies/study_0001/image/slices/20.raw') })

  it('loads at most 60 KiB of code before the first picture', async () => {
    const { page, problems } = await openPage(browser, origin)
    await page.addInitScript(NOTE_FIRST)
    await show(page, '/studies/study_0001?slice=20')
    await page.waitForFunction(() => performance.getEntriesByName('first picture').length > 0)
    const { code, at } = await page.evaluate(() => ({
      code: performance.getEntriesByType('resource').filter(({ name }) => /\.(js|css)$/.test(name)).reduce((sum, entry) => sum + (entry as PerformanceResourceTiming).encodedBodySize, 0),
      at: performance.getEntriesByName('first picture')[0]!.startTime
    }))
    row('code and styles before the first picture, compressed', '60 KiB', `${(code / 1024).toFixed(1)} KiB`)
    row('link to first picture, nothing kept by the browser', '200 ms', `${at.toFixed(0)} ms`)
    assert.ok(code > 0 && code <= 60 * 1024, `${code} bytes`)
    assert.deepEqual(problems, [])
  })

  it('shows the first slice, and the whole study, soon', async () => {
    const { page } = await openPage(browser, origin)
    await page.addInitScript(NOTE_FIRST)
    const [first, stream]: [number[], number[]] = [[], []]
    for (let n = 0; n < 5; n++) {
      await show(page, `/studies/study_0001?slice=${18 + n}`)
      await page.waitForFunction(() => performance.getEntriesByType('resource').some(({ name }) => name.endsWith('mask.raw?dtype=uint8')))
      const found = await page.evaluate(() => {
        const entry = performance.getEntriesByType('resource').find(({ name }) => name.endsWith('image.raw')) as PerformanceResourceTiming
        return { at: performance.getEntriesByName('first picture')[0]!.startTime, stream: entry.responseEnd - entry.startTime }
      })
      first.push(found.at)
      stream.push(found.stream)
    }
    const least = (values: number[]) => `${Math.min(...values).toFixed(0)} ms (of five; most ${Math.max(...values).toFixed(0)})`
    row('link to first picture, code kept by the browser', '200 ms', least(first))
    row('21.5 MB streamed and drawable', '500 ms', least(stream))
    assert.ok(first.every((time) => time > 0))
  })

  it('shows the next study of a worklist at once, as it was loaded ahead', async () => {
    const { page, problems } = await openPage(browser, origin)
    const found: number[] = []
    for (let n = 0; n < 3; n++) {
      await show(page, '/studies/study_0001?slice=20&cohort=sort%3Did')
      await page.waitForFunction(() => performance.getEntriesByType('resource').some(({ name }) => name.includes('study_0002/mask.raw')))
      await page.getByRole('link', { name: /Next study/ }).waitFor()
      found.push(await page.evaluate(async () => {
        const begun = performance.now()
        const shown = new Promise<number>((resolve) => {
          const look = () => document.querySelector<HTMLElement>('.v-canvas')?.dataset['shown']?.startsWith('study_0002') === true ? resolve(performance.now()) : requestAnimationFrame(look)
          look()
        })
        document.querySelector('.v-stage')!.dispatchEvent(new KeyboardEvent('keydown', { key: 'PageDown', bubbles: true, cancelable: true }))
        return await shown - begun
      }))
    }
    row('next study of a worklist, loaded ahead', '100 ms', `${Math.min(...found).toFixed(0)} ms (of three; most ${Math.max(...found).toFixed(0)})`)
    assert.deepEqual(problems, [])
  })

  const layouts: [name: string, query: string, panes: number, budget: number][] = [
    ['one plane', 'slice=5', 1, 5], ['one plane with its mask', 'slice=5&mask=fill', 1, 5],
    ['three planes', 'layout=three&slice=5', 3, 16], ['2 x 2 studies', 'with=study_0002,study_0003,study_0004&slice=5&mask=off', 4, 16]
  ]
  for (const [name, query, panes, budget] of layouts) {
    it(`draws ${name} frame by frame`, async () => {
      const { page, problems } = await openPage(browser, origin)
      await show(page, `/studies/study_0001?${query}`, panes)
      await page.waitForFunction(() => document.querySelector('.v-loading progress') === null)
      for (const kind of ['scroll', 'drag'] as const) {
        const { script, median, worst, count } = await framesOf(page, kind)
        row(`${kind === 'scroll' ? 'scrolling' : 'window drag'}, ${name}: script a frame`, `${budget} ms`, `${script.toFixed(1)} ms (${count} frames, ${median.toFixed(1)} ms apart, at worst ${worst.toFixed(0)})`)
      }
      await drawn(page, panes)
      assert.deepEqual(problems, [])
    })
  }

  it('keeps two studies and 128 MiB beside, whatever is leafed through', async () => {
    const { page } = await openPage(browser, origin)
    await show(page, '/studies/study_0001?slice=5')
    for (const id of ['study_0002', 'study_0003', 'study_0004', 'study_0001', 'study_0002']) {
      await page.waitForFunction(() => document.querySelector('.v-loading progress') === null)
      await page.evaluate((to) => { history.pushState(null, '', to); dispatchEvent(new PopStateEvent('popstate')) }, `/studies/${id}?slice=5`)
      await page.waitForFunction((shown) => document.querySelector<HTMLElement>('.v-canvas')?.dataset['shown'] === `${shown} axial 5`, id)
    }
    await page.waitForFunction(() => document.querySelector('.v-loading progress') === null)
    const session = await page.context().newCDPSession(page)
    await session.send('HeapProfiler.collectGarbage')
    const { usedSize, embedderHeapUsedSize, backingStorageSize } = await session.send('Runtime.getHeapUsage')
    const mebibytes = (usedSize + (embedderHeapUsedSize ?? 0) + (backingStorageSize ?? 0)) / 2 ** 20
    row('memory after six studies of 31 MB', '2 + 128 MiB', `${mebibytes.toFixed(0)} MiB`)
    assert.ok(mebibytes < 2 * 31 + 128 + 40, `${mebibytes} MiB`)
  })
})
