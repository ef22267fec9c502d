import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { readPng } from '../render/read-png.js'
import { buildTestApp } from '../support/test-app.js'
import { launch, openPage } from './chromium.js'
import { difference, drawn, onScreen, pixelsOf, queryOf, settled, show } from './viewer-page.js'

const LAS = [[-0.5, 0, 0, 10], [0, 0.5, 0, -20], [0, 0, 2, 30]] as const
const SHAPE = [40, 30, 12] as const
const chest = (i: number, j: number, k: number) => (i - 20) ** 2 + (j - 15) ** 2 < 120 && k > 1 ? -850 + i + 10 * k : 40
const study = (lesionAt: readonly number[]) => ({
  image: { shape: SHAPE, sform: LAS, pixdim: [0.5, 0.5, 2], voxels: chest },
  mask: { shape: SHAPE, sform: LAS, pixdim: [0.5, 0.5, 2], datatype: 'uint8' as const, voxels: (i: number, j: number, k: number) => Number(lesionAt.includes(k) && i > 15 && i < 22 && j > 10 && j < 20) }
})
const { origin, bytes } = await buildTestApp({ after }, {
  studies: [study([3, 7, 8]), study([5]), { image: { shape: [40, 30, 24], sform: [[-0.5, 0, 0, 10], [0, 0.5, 0, -20], [0, 0, 1, 30]], voxels: (i, j, k) => chest(i, j, Math.floor(k / 2)) } }, study([2])]
})
const browser = await launch({ after })

describe('the viewer by keyboard', () => {
  it('does all it can do, with the focus where it was put by opening the page', async () => {
    const { page, problems } = await openPage(browser, origin)
    await show(page, '/studies/study_0001')
    assert.equal(await page.evaluate(() => document.activeElement?.className), 'v-stage')
    const slider = page.getByRole('slider', { name: 'axial slice' })
    const slice = async () => Number(await slider.getAttribute('aria-valuenow'))
    // Each is drawn before the next: while the panes change, none has the focus.
    const presses = async (...keys: string[]) => {
      for (const key of keys) {
        await page.keyboard.press(key)
        await settled(page)
      }
    }

    const first = await slice()
    assert.equal(first, 3, 'begins where there is most lesion')
    await presses('ArrowDown', 'ArrowDown', 'ArrowUp')
    assert.equal(await slice(), 4)
    await presses(']')
    assert.equal(await slice(), 7)
    await presses('[')
    assert.equal(await slice(), 3)
    await presses('End')
    assert.equal(await slice(), 11)
    await presses('Home')
    assert.equal(await slice(), 0)
    assert.match((await slider.getAttribute('aria-valuetext'))!, /^slice 0, the last is 11, \d+ percent lung, no lesion$/)

    await presses('2', 'i', 'm', '+', 'Shift+ArrowRight', 'h', 'o')
    let query = await queryOf(page)
    assert.deepEqual(Object.fromEntries(query), { slice: '0', window: 'mediastinal', mask: 'fill', orientation: 'native', invert: '1', flip: 'h', frame: query.get('frame')! })
    assert.match(query.get('frame')!, /^axial~1.25~0\.0\d+~0$/)
    await presses('=', 'Space')
    assert.deepEqual(Object.fromEntries(await queryOf(page)), { slice: '0', window: 'lung', mask: 'fill' })

    // A ruler from the crosshair to a place ten to the right and three down: half a millimetre a voxel, so 5.2 mm.
    await presses('d', 'Enter', 'Alt+Shift+ArrowRight', 'Alt+ArrowDown', 'Alt+ArrowDown', 'Alt+ArrowDown', 'Enter')
    assert.equal(await page.locator('.v-value').textContent(), `${Math.hypot(5, 1.5).toFixed(1)} mm`)
    await presses('Backspace')
    assert.equal(await page.locator('.v-value').count(), 0)
    await presses('e', 'Enter', 'Alt+Shift+ArrowLeft', 'Alt+Shift+ArrowUp', 'Enter')
    assert.match((await page.locator('.v-value').first().textContent())!, /^40\.0 ± 0\.0 HU$/, 'slice 0 is 40 HU throughout')
    await presses('Escape')

    await presses('.')
    await drawn(page, 3)
    await presses('ArrowRight', 'ArrowDown')
    query = await queryOf(page)
    assert.deepEqual([query.get('layout'), query.get('plane')], ['three', 'coronal'])
    assert.equal(await page.locator('.v-pane.is-active').getAttribute('data-plane'), 'coronal')
    await presses('.', 'f')
    assert.equal((await queryOf(page)).get('plane'), 'coronal')
    await presses(',', ',', 'a')

    await presses('c')
    const before = await slice()
    await page.waitForFunction((was) => Number(document.querySelector('.v-bar')!.getAttribute('aria-valuenow')) !== was, before)
    await presses('c')

    await presses('Shift+?')
    assert.ok(await page.getByRole('dialog', { name: 'Keys and mouse' }).isVisible())
    await presses('Escape')
    assert.equal(await page.getByRole('dialog').count(), 0)

    await page.getByRole('link', { name: /Next study/ }).waitFor()
    await page.locator('.v-stage').focus()
    await presses('3', 'PageDown')
    await page.waitForURL(/study_0002/)
    await drawn(page)
    assert.equal((await queryOf(page)).get('window'), 'bone', 'the window is kept from study to study')
    assert.deepEqual(problems, [])
  })

  it('acts only while it has the focus, and not while a field is typed in', async () => {
    const { page, problems } = await openPage(browser, origin)
    await show(page, '/studies/study_0001?slice=5')
    await page.getByRole('link', { name: 'Overview', exact: true }).focus()
    await page.keyboard.press('i')
    assert.equal((await queryOf(page)).get('invert'), null)
    await page.getByRole('spinbutton', { name: 'Window center' }).fill('-500')
    await page.getByRole('spinbutton', { name: 'Window width' }).press('1')
    const query = await queryOf(page)
    assert.deepEqual([query.get('slice'), query.get('window')], ['5', '-500,15001'], 'the digit went into the field')
    await page.getByRole('spinbutton', { name: 'Window width' }).fill('0')
    assert.equal(await page.getByRole('spinbutton', { name: 'Window width' }).getAttribute('aria-invalid'), 'true')
    assert.equal((await queryOf(page)).get('window'), '-500,15001', 'what is no window is not taken')
    assert.deepEqual(problems, [])
  })

  it('leads through the slices by the profile, which is a slider', async () => {
    const { page } = await openPage(browser, origin)
    await show(page, '/studies/study_0001?slice=5')
    const slider = page.getByRole('slider', { name: 'axial slice' })
    await slider.focus()
    for (const [key, index] of [['ArrowDown', 6], ['PageDown', 11], ['Home', 0], ['PageDown', 5], ['ArrowUp', 4]] as const) {
      await page.keyboard.press(key)
      await settled(page)
      assert.equal(await slider.getAttribute('aria-valuenow'), String(index), key)
    }
    const box = (await slider.boundingBox())!
    await page.mouse.click(box.x + box.width / 2, box.y + box.height * 8.5 / 12)
    await settled(page)
    assert.equal(await slider.getAttribute('aria-valuenow'), '8')
  })
})

describe('the viewer by mouse', () => {
  it('scrolls a slice a notch, windows by the left button or scrolls with it, as one likes', async () => {
    const { page, problems } = await openPage(browser, origin)
    await show(page, '/studies/study_0001?slice=5')
    const stage = (await page.locator('.v-stage').boundingBox())!
    const [x, y] = [stage.x + stage.width / 2, stage.y + stage.height / 2]
    await page.mouse.move(x, y)
    await page.mouse.wheel(0, 120)
    await page.mouse.wheel(0, 120)
    await page.mouse.wheel(0, -120)
    assert.equal((await queryOf(page)).get('slice'), '6')
    const drag = async (dx: number, dy: number, button: 'left' | 'middle' = 'left') => {
      await page.mouse.move(x, y)
      await page.mouse.down({ button })
      await page.mouse.move(x + dx, y + dy, { steps: 4 })
      await page.mouse.up({ button })
    }
    await drag(100, 50)
    // 1500 / 512 units a pixel
    assert.equal((await queryOf(page)).get('window'), `${Math.round(-600 + 50 * 1500 / 512)},${Math.round(1500 + 100 * 1500 / 512)}`)
    assert.equal(await page.getByRole('spinbutton', { name: 'Window center' }).inputValue(), String(Math.round(-600 + 50 * 1500 / 512)), 'the field is in step')
    await drag(64, 0, 'middle')
    assert.match((await queryOf(page)).get('frame')!, /^axial~1~0\.0\d+~0$/)
    await page.keyboard.press('u')
    await drag(0, 25)
    assert.equal((await queryOf(page)).get('slice'), '9', 'three times eight pixels')
    await page.reload()
    await drawn(page)
    await page.mouse.move(x, y)
    await drag(0, -17)
    assert.equal((await queryOf(page)).get('slice'), '7', 'the profile is kept')
    assert.deepEqual(problems, [])
  })

  it('measures millimetres', async () => {
    const { page } = await openPage(browser, origin)
    await show(page, '/studies/study_0001?slice=5&tool=ruler')
    const [from, to] = [await onScreen(page, '.v-canvas', 5, 4), await onScreen(page, '.v-canvas', 35, 4)]
    await page.mouse.move(from.x, from.y)
    await page.mouse.down()
    await page.mouse.move(to.x, to.y, { steps: 3 })
    await page.mouse.up()
    await settled(page)
    assert.equal(await page.locator('.v-value').textContent(), '15.0 mm', '30 voxels of half a millimetre')
    assert.match((await queryOf(page)).get('measure')!, /^ruler~0~axial~/)
  })
})

describe('a deep link', () => {
  const LINK = 'layout=three&plane=coronal&slice=12&at=25,12,8&window=-500,1200&invert=1&mask=fill&opacity=0.25&flip=v' +
    '&frame=coronal~1.5~0.1~-0.05&tool=cross&measure=ruler~0~axial~5_4_8~35_4_8&unknown=kept'

  it('restores everything, and is what "Copy link" copies', async () => {
    const { page, problems } = await openPage(browser, origin, { permissions: ['clipboard-read', 'clipboard-write'] })
    await show(page, `/studies/study_0001?${LINK}`, 3)
    assert.deepEqual(Object.fromEntries(await queryOf(page)), Object.fromEntries(new URLSearchParams(LINK)))
    assert.deepEqual(await page.locator('.v-bar').evaluateAll((bars) => bars.map((bar) => bar.getAttribute('aria-valuenow'))), ['8', '12', '25'])
    assert.equal(await page.locator('[data-plane=axial] .v-value').textContent(), '15.0 mm')
    assert.equal(await page.locator('[data-plane=coronal] .v-top').textContent(), 'I', 'mirrored, and the letters with it')
    assert.equal(await page.getByRole('button', { name: 'Invert' }).getAttribute('aria-pressed'), 'true')
    await page.getByRole('button', { name: 'Copy link' }).click()
    await page.getByText('Copied').waitFor()
    assert.equal(await page.evaluate(async () => await navigator.clipboard.readText()), page.url())

    const other = await openPage(browser, origin)
    await show(other.page, page.url(), 3)
    const seen = async (of: typeof page) => await of.locator('.v-stage').evaluateAll((stages) => stages.map((stage) => {
      const canvas = stage.querySelector('canvas')!
      return [canvas.toDataURL(), canvas.style.transform, stage.querySelector('svg')!.innerHTML, ...[...stage.querySelectorAll('.v-letter, .v-corner')].map(({ textContent }) => textContent)]
    }))
    // The mask may come after the picture.
    for (const one of [page, other.page]) {
      await one.waitForLoadState('networkidle')
      await settled(one)
    }
    assert.deepEqual(await seen(other.page), await seen(page), 'pixel by pixel, line by line')
    assert.deepEqual([...problems, ...other.problems], [])
  })

  it('is left by the back button as it was, and come back to', async () => {
    const { page } = await openPage(browser, origin)
    await show(page, '/studies/study_0001?slice=5')
    await page.keyboard.press('ArrowDown')
    await queryOf(page)
    await page.getByRole('link', { name: 'Overview', exact: true }).click()
    await page.waitForURL(`${origin}/`)
    await page.goBack()
    await drawn(page)
    assert.equal((await queryOf(page)).get('slice'), '6')
  })
})

describe('studies side by side', () => {
  it('move together by index, millimetres or lung extent, or not', async () => {
    const { page, problems } = await openPage(browser, origin)
    const slices = async () => await page.locator('.v-bar').evaluateAll((bars) => bars.map((bar) => Number(bar.getAttribute('aria-valuenow'))))
    // 0001 has 12 slices of 2 mm, 0003 the same 24 mm in 24
    await show(page, '/studies/study_0001?with=study_0003,study_0002&slice=5&link=mm', 3)
    assert.deepEqual(await slices(), [5, 10, 5])
    await page.getByLabel('Link by').selectOption('index')
    await settled(page)
    assert.deepEqual(await slices(), [5, 5, 5])
    await page.getByLabel('Link by').selectOption('lungs')
    await settled(page)
    // lungs from 2 to 11, and from 4 to 23: a third of the way up is 4 + 19 / 3
    assert.deepEqual(await slices(), [5, 10, 5])
    await page.locator('.v-stage').nth(1).focus()
    await page.keyboard.press('ArrowDown')
    await settled(page)
    assert.equal((await slices())[1], 11, 'whichever is moved leads')
    await page.getByLabel('Link by').selectOption('off')
    await page.keyboard.press('Escape')
    await page.locator('.v-stage').nth(2).focus()
    await page.keyboard.press('Home')
    await settled(page)
    assert.deepEqual((await slices()).slice(1), [11, 0])
    const query = await queryOf(page)
    assert.deepEqual([query.get('link'), query.get('lead'), query.get('slice')], ['off', '2', '0'])
    await page.reload()
    await drawn(page, 3)
    assert.deepEqual((await slices()).slice(1), [11, 0], 'each where it stood')

    const png = readPng(await bytes('/v1/studies/study_0002/image/slices/0.png?overlay=contour&aspect=physical'))
    assert.ok(difference(await pixelsOf(page, '.v-pane:nth-child(3) .v-canvas'), png) <= 1)
    await page.getByRole('textbox', { name: 'Study to put beside' }).or(page.getByRole('combobox', { name: 'Study to put beside' })).fill('study_0004')
    await page.getByRole('button', { name: 'Add' }).click()
    await drawn(page, 4)
    await page.getByRole('button', { name: 'Take study_0003 out' }).click()
    await drawn(page, 3)
    assert.equal((await queryOf(page)).get('with'), 'study_0002,study_0004')
    assert.deepEqual(problems, [])
  })
})

describe('the viewer by touch', () => {
  it('scrolls with one finger, and zooms and pans with two', async () => {
    const { page, problems } = await openPage(browser, origin, { hasTouch: true, viewport: { width: 820, height: 1180 } })
    await show(page, '/studies/study_0001?slice=2')
    // What comes after the picture, such as the labels' names, moves the stage.
    await page.waitForLoadState('networkidle')
    const middle = async () => {
      await settled(page)
      const { x, y, width, height } = (await page.locator('.v-stage').boundingBox())!
      return [x + width / 2, y + height / 2] as const
    }
    let [middleX, middleY] = await middle()
    const session = await page.context().newCDPSession(page)
    const touch = async (type: 'touchStart' | 'touchMove' | 'touchEnd', ...touchPoints: { x: number, y: number, id: number }[]) => await session.send('Input.dispatchTouchEvent', { type, touchPoints })
    await touch('touchStart', { x: middleX, y: middleY, id: 0 })
    for (const dy of [10, 20, 33]) await touch('touchMove', { x: middleX, y: middleY + dy, id: 0 })
    await touch('touchEnd')
    assert.equal((await queryOf(page)).get('slice'), '6', 'four times eight pixels')

    ;[middleX, middleY] = await middle()
    await touch('touchStart', { x: middleX - 50, y: middleY, id: 0 }, { x: middleX + 50, y: middleY, id: 1 })
    for (const reach of [60, 80, 100]) await touch('touchMove', { x: middleX - reach, y: middleY, id: 0 }, { x: middleX + reach, y: middleY, id: 1 })
    await touch('touchEnd')
    const query = await queryOf(page)
    const [, zoom, panX, panY] = query.get('frame')!.split('~').map(Number)
    assert.ok(Math.abs(zoom! - 2) < 0.01 && Math.abs(panX!) < 0.01 && Math.abs(panY!) < 0.01, query.get('frame')!)
    assert.equal(query.get('slice'), '6', 'two fingers scroll nothing')
    assert.deepEqual(problems, [])
  })
})
