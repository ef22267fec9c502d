import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { contourOf, overlaid } from '../../src/render/overlay.js'

const picture = (...rows: string[]) => Uint8Array.from(rows.join(''), (dot) => dot === '#' ? 1 : 0)

describe('overlaid', () => {
  it('blends the colour in by its opacity, and leaves pixels outside grey', () => {
    assert.deepEqual([...overlaid(Uint8Array.of(100, 100, 7), Uint8Array.of(0, 1, 0), [255, 0, 100], 0.4)],
      [100, 100, 100, 162, 60, 100, 7, 7, 7])
  })

  it('is the colour alone at opacity 1, and nothing at 0', () => {
    assert.deepEqual([...overlaid(Uint8Array.of(9), Uint8Array.of(1), [1, 2, 3], 1)], [1, 2, 3])
    assert.deepEqual([...overlaid(Uint8Array.of(9), Uint8Array.of(1), [1, 2, 3], 0)], [9, 9, 9])
  })
})

describe('contourOf', () => {
  it('keeps the inner edge, one pixel wide by the four neighbours, and closes at the border', () => {
    const mask = picture(
      '.......',
      '.####..',
      '.#####.',
      '.####..',
      '.####..',
      '###....',
      '###....'
    )
    assert.deepEqual(contourOf(mask, { rows: 7, columns: 7 }), picture(
      '.......',
      '.####..',
      '.#...#.',
      '.#..#..',
      '.#.##..',
      '#.#....',
      '###....'
    ))
  })
})
