import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { drawEdgeLabels, drawText } from '../../src/render/labels.js'

const GREY = 100
const blank = (rows: number, columns: number, channels: 1 | 3 = 1) =>
  ({ rows, columns, channels, pixels: new Uint8Array(rows * columns * channels).fill(GREY) })
const show = ({ pixels, rows, columns }: { pixels: Uint8Array, rows: number, columns: number }) =>
  Array.from({ length: rows }, (_, r) => [...pixels.subarray(r * columns, (r + 1) * columns)]
    .map((level) => level === 255 ? '#' : level === 0 ? 'o' : '.').join(''))

describe('drawText', () => {
  it('draws white letters in a black outline', () => {
    const canvas = blank(9, 7)
    drawText(canvas, 'L', { row: 1, column: 1 }, 1)
    assert.deepEqual(show(canvas), [
      'ooo....', 'o#o....', 'o#o....', 'o#o....', 'o#o....', 'o#o....', 'o#ooooo', 'o#####o', 'ooooooo'
    ])
  })

  it('leaves out what falls outside, and characters it has no shape for', () => {
    for (const at of [{ row: -4, column: -3 }, { row: 5, column: 6 }, { row: 90, column: 90 }]) {
      const canvas = blank(6, 7)
      drawText(canvas, '8?', at, 2)
      assert.equal(canvas.pixels.length, 42)
    }
    const canvas = blank(9, 7)
    drawText(canvas, '?é', { row: 1, column: 1 }, 1)
    assert.ok(canvas.pixels.every((level) => level === GREY))
  })

  it('has a different shape for every digit and direction', () => {
    const shapes = [...'0123456789RLAPSI'].map((character) => {
      const canvas = blank(9, 7)
      drawText(canvas, character, { row: 1, column: 1 }, 1)
      return show(canvas).join('')
    })
    assert.equal(new Set(shapes).size, 16)
  })

  it('stays grey on RGB', () => {
    const canvas = blank(9, 7, 3)
    drawText(canvas, '7', { row: 1, column: 1 }, 1)
    for (let n = 0; n < canvas.pixels.length; n += 3) assert.equal(new Set(canvas.pixels.subarray(n, n + 3)).size, 1)
  })
})

describe('drawEdgeLabels', () => {
  it('puts each letter at the middle of its own edge', () => {
    const edges = { left: 'top', right: 'top', top: 'top', bottom: 'top' }
    for (const edge of ['left', 'right', 'top', 'bottom'] as const) {
      const canvas = blank(60, 80)
      drawEdgeLabels(canvas, { left: '', right: '', top: '', bottom: '', [edge]: 'I' })
      const drawn = show(canvas).flatMap((line, r) => [...line].flatMap((dot, c) => dot === '#' ? [[r, c] as const] : []))
      const [row, column] = [0, 1].map((axis) => drawn.reduce((sum, at) => sum + at[axis]!, 0) / drawn.length) as [number, number]
      if (row < 15) edges[edge] = 'top'
      else if (row > 45) edges[edge] = 'bottom'
      else edges[edge] = column < 40 ? 'left' : 'right'
    }
    assert.deepEqual(edges, { left: 'left', right: 'right', top: 'top', bottom: 'bottom' })
  })
})
