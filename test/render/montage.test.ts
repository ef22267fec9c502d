import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { drawTile, sheetOf as extentOf, type MontageSpec, type MontageTile } from '../../src/render/montage.js'
import { encodePng } from '../../src/render/png.js'
import { makeSlice } from './make-slice.js'
import { readPng } from './read-png.js'

const SPEC: MontageSpec = {
  columns: 3, tile: 40, window: { center: 127.5, width: 255 }, overlay: 'none', overlayColor: [255, 0, 0], overlayOpacity: 1, text: { Study: 's' }
}
const tile = (number: number, level: number, rest = {}): MontageTile =>
  ({ number, pixels: makeSlice(10, 20, new Int16Array(200).fill(level), rest) })

function sheetOf (tiles: MontageTile[], spec: Partial<MontageSpec> = {}) {
  const whole = { ...SPEC, ...spec }
  const extent = extentOf(tiles.length, whole)
  const canvas = { ...extent, pixels: new Uint8Array(extent.rows * extent.columns * extent.channels) }
  for (const [place, one] of tiles.entries()) drawTile(canvas, one, place, whole)
  const png = readPng(encodePng({ ...canvas, text: whole.text }))
  const channels = png.colourType === 2 ? 3 : 1
  return { ...png, at: (row: number, column: number) => png.samples.slice((row * png.columns + column) * channels).slice(0, channels) }
}

describe('a contact sheet', () => {
  it('lays tiles row by row on black, each slice in the middle of its square', () => {
    const sheet = sheetOf([10, 20, 30, 40].map((level, number) => tile(number, level)))
    assert.deepEqual([sheet.rows, sheet.columns, sheet.colourType], [80, 120, 0])
    assert.deepEqual([[20, 20], [20, 60], [20, 100], [60, 20], [60, 60]].map(([r, c]) => sheet.at(r!, c!)[0]), [10, 20, 30, 40, 0])
    assert.deepEqual([sheet.at(9, 30), sheet.at(10, 30), sheet.at(29, 30), sheet.at(30, 30)], [[0], [10], [10], [0]])
  })

  it('shows slices with square pixels in mm', () => {
    const sheet = sheetOf([tile(0, 99, { pixelMm: { row: 4, column: 1 } })])
    assert.deepEqual([sheet.rows, sheet.columns], [40, 40])
    assert.deepEqual([sheet.at(39, 9), sheet.at(39, 10), sheet.at(39, 29), sheet.at(39, 30)], [[0], [99], [99], [0]])
  })

  it('draws the slice number in the corner of its tile', () => {
    const white = (number: number) => sheetOf([tile(number, 10)]).samples.flatMap((level, n) => level === 255 ? [n] : [])
    assert.ok(white(1).length > 5)
    assert.ok(white(1).every((n) => n % 40 < 10 && n / 40 < 12))
    assert.notDeepEqual(white(1), white(2))
  })

  it('is RGB with an overlay, on tiles with and without a mask', () => {
    const sheet = sheetOf([{ ...tile(0, 10), mask: new Uint8Array(200).fill(1) }, tile(1, 20)], { overlay: 'mask' })
    assert.deepEqual([sheet.colourType, sheet.columns], [2, 80])
    assert.deepEqual([sheet.at(20, 20), sheet.at(20, 60)], [[255, 0, 0], [20, 20, 20]])
  })
})
