import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { after, describe, it } from 'node:test'
import { readPng } from '../render/read-png.js'
import { signedPermutations } from '../support/make-nifti.js'
import { buildTestApp } from '../support/test-app.js'
import { launch, openPage } from './chromium.js'
import { difference, drawn, onScreen, pixelsOf, show, settled, showQuery } from './viewer-page.js'

const FIXTURES = readdirSync('test/fixtures').filter((name) => /\.nii(\.gz)?$/.test(name))
const WINDOWS = ['lung', 'mediastinal', '-550.5,900.25']
const PLANES = ['axial', 'coronal', 'sagittal'] as const
const STEPS = [1, 1.5, 4]
/** Stored axes turned and swapped: every eleventh of the 48 ways, 9 x 7 x 5 voxels along R–L, A–P, S–I. */
const turned = signedPermutations().filter((_, n) => n % 11 === 3).map((matrix) => {
  const sform = matrix.map((row, ras) => [...row.map((sign) => sign * STEPS[ras]!), 10 * ras - 20])
  const shape = [0, 1, 2].map((stored) => [9, 7, 5][matrix.findIndex((row) => row[stored] !== 0)]!)
  return {
    image: { shape, sform, voxels: (i: number, j: number, k: number) => -1400 + (i * 37 + j * 101 + k * 211) % 1700 },
    mask: { shape, sform, datatype: 'uint8' as const, voxels: (i: number, j: number, k: number) => Number(i + j + k < 7) }
  }
})
const studies = [
  ...turned,
  ...FIXTURES.map((name) => ({ image: readFileSync(`test/fixtures/${name}`), suffix: name.endsWith('.gz') ? 'nii.gz' as const : 'nii' as const }))
].map((study, n) => ({ ...study, id: `study_${n + 1}` }))

const { origin, bytes, get, json } = await buildTestApp({ after }, { studies })
const browser = await launch({ after })

const sliceCount = async (id: string, plane: typeof PLANES[number]) => {
  const { axes, shape } = await json(`/v1/studies/${id}`)
  return shape[[...axes as string].findIndex((letter) => ({ axial: 'SI', coronal: 'AP', sagittal: 'RL' })[plane].includes(letter))]
}

describe('the canvas', () => {
  it('is the picture of the service within one grey level: three planes, three windows, odd orientations and datatypes', async () => {
    const { page, problems } = await openPage(browser, origin)
    let compared = 0
    for (const { id } of studies) {
      await show(page, `/studies/${id}?mask=off&slice=0`)
      for (const plane of PLANES) {
        for (const window of WINDOWS) {
          const index = Math.min(1, await sliceCount(id, plane) - 1)
          await showQuery(page, `mask=off&plane=${plane}&slice=${index}&window=${window}`, `${id} ${plane} ${index}`)
          const png = readPng(await bytes(`/v1/studies/${id}/image/slices/${index}.png?plane=${plane}&window=${window}&aspect=physical`))
          const found = difference(await pixelsOf(page), png)
          assert.ok(found <= 1, `${id} ${plane} ${window}: differs by ${found}`)
          compared++
        }
      }
    }
    assert.equal(compared, studies.length * 9)
    assert.deepEqual(problems, [])
  })

  it('is the picture that its own link "PNG" leads to, mask and stored order included', async () => {
    const { page, problems } = await openPage(browser, origin)
    for (const query of ['mask=fill&opacity=0.55&slice=1', 'mask=outline&slice=0&plane=sagittal', 'mask=fill&orientation=native&plane=coronal&slice=2']) {
      await show(page, `/studies/study_2?${query}`)
      await page.waitForFunction(() => performance.getEntriesByType('resource').some(({ name }) => name.includes('mask.raw')))
      const address = await page.getByRole('link', { name: 'PNG' }).getAttribute('href')
      assert.match(address!, /overlay=(mask|contour)/)
      const found = difference(await pixelsOf(page), readPng(await bytes(address!)))
      assert.ok(found <= 1, `${query}: differs by ${found}`)
    }
    assert.deepEqual(problems, [])
  })
})

describe('the probe and the crosshair', () => {
  it('say the voxel, millimetres and HU that Array-Affine and the raw voxels have', async () => {
    const { page, problems } = await openPage(browser, origin)
    for (const { id } of studies.slice(0, turned.length)) {
      const study = await json(`/v1/studies/${id}`)
      const volume = await bytes(`/v1/studies/${id}/image.raw?dtype=int16`)
      const voxels = new Int16Array(volume.buffer, volume.byteOffset, volume.length / 2)
      await show(page, `/studies/${id}?layout=three&mask=off&tool=cross`, 3)
      for (const plane of PLANES) {
        const index = Number(await page.getByRole('slider', { name: new RegExp(plane) }).getAttribute('aria-valuenow'))
        const path = `/v1/studies/${id}/image/slices/${index}.png?plane=${plane}&aspect=physical`
        const affine = (await get(path)).headers['array-affine']!.split(',').map(Number)
        const { rows, columns } = readPng(await bytes(path))
        const [column, row] = [Math.floor(columns * 0.7), Math.floor(rows * 0.3)]
        const mm = [0, 1, 2].map((n) => affine[4 * n]! * column + affine[4 * n + 1]! * row + affine[4 * n + 3]!)
        const { x, y } = await onScreen(page, `[data-plane=${plane}] .v-canvas`, column, row)

        await page.mouse.move(x, y)
        await settled(page)
        const voxel = (await page.locator('.v-probe').getAttribute('data-voxel'))!.split(',').map(Number)
        const hu = await page.locator('.v-hu').textContent()
        assert.equal(hu, `${voxels[voxel[0]! + study.shape[0] * (voxel[1]! + study.shape[1] * voxel[2]!)]} HU`, `${id} ${plane}`)
        const place = [0, 1, 2].map((n) => study.affine[n].reduce((sum: number, value: number, axis: number) => sum + value * [...voxel, 1][axis]!, 0))
        place.forEach((value, n) => assert.ok(Math.abs(value - mm[n]!) <= STEPS[n]! / 2 + 1e-6, `${id} ${plane}: ${place} for ${mm}`))
        const said = (await page.locator('.v-mm').textContent())!
        assert.equal(said, `${place[0]! < 0 ? 'L' : 'R'} ${Math.abs(place[0]!).toFixed(1)} ${place[1]! < 0 ? 'P' : 'A'} ${Math.abs(place[1]!).toFixed(1)} ${place[2]! < 0 ? 'I' : 'S'} ${Math.abs(place[2]!).toFixed(1)} mm`)

        // A click puts the crosshair there: the two other planes go through that voxel, and its lines cross under the pointer.
        await page.mouse.down()
        await page.mouse.up()
        await drawn(page, 3)
        await settled(page)
        const indices = await page.getByRole('slider').filter({ hasNot: page.locator('input') }).evaluateAll((sliders) => sliders.filter((slider) => slider.classList.contains('v-bar')).map((slider) => Number(slider.getAttribute('aria-valuenow'))))
        const axisOf = (letters: string) => [...study.axes as string].findIndex((letter) => letters.includes(letter))
        assert.deepEqual(indices, [voxel[axisOf('SI')], voxel[axisOf('AP')], voxel[axisOf('RL')]], `${id} ${plane}`)
        const lines = (await page.locator(`[data-plane=${plane}] .v-cross`).getAttribute('d'))!.match(/^M0 ([\d.-]+)H.*?M([\d.-]+) 0V/)!
        const box = (await page.locator(`[data-plane=${plane}] .v-stage`).boundingBox())!
        const pixel = await page.locator(`[data-plane=${plane}] .v-canvas`).evaluate((canvas: HTMLCanvasElement) => canvas.getBoundingClientRect().width / canvas.width)
        // The lines run through the voxel's middle, the pointer is anywhere in it.
        const reach = pixel * Math.max(...STEPS) / 2 / Math.min(...STEPS) + 1
        assert.ok(Math.abs(Number(lines[2]) + box.x - x) <= reach && Math.abs(Number(lines[1]) + box.y - y) <= reach, `${id} ${plane}: ${lines.slice(1)} for ${x - box.x}, ${y - box.y}`)
      }
    }
    assert.deepEqual(problems, [])
  })
})
