import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { roiStatistics } from '../../web/src/image/measure.js'
import { sliceThrough } from '../../web/src/image/planes.js'
import type { Grid } from '../../web/src/image/planes.js'
import { panned, placement, zoomedAbout } from '../../web/src/image/stage.js'
import { physicalExtent, resampledPlace } from '../../web/src/image/extent.js'
import { draggedWindow, parseWindow, windowText } from '../../web/src/image/window.js'

const grid: Grid = { shape: [5, 5, 1], axes: 'LPS', affine: [[-0.5, 0, 0, 0], [0, -2, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]] }
const slice = sliceThrough(grid, 'axial', 0, 'radiological')

describe('an ellipse', () => {
  it('has the mean and deviation of the voxels whose centres it holds', () => {
    // centre (2, 2), radii 1: a cross of five voxels
    const values = Int16Array.from({ length: 25 }, (_, n) => n)
    const found = roiStatistics(values, slice, grid.affine, [1, 1, 0], [3, 3, 0])!
    assert.deepEqual([found.voxels, found.mean, found.min, found.max], [5, 12, 7, 17])
    // 7, 11, 12, 13, 17 about 12: 25 + 1 + 0 + 1 + 25 = 52
    assert.equal(found.sd, Math.sqrt(52 / 5))
    // π a b, half a millimetre by two
    assert.ok(Math.abs(found.areaMm2 - Math.PI * 0.5 * 2) < 1e-12)
  })

  it('leaves out NaN and what lies outside the picture', () => {
    const values = Float32Array.from({ length: 25 }, (_, n) => n === 1 ? NaN : n)
    const found = roiStatistics(values, slice, grid.affine, [-1, -1, 0], [1, 1, 0])!
    assert.deepEqual([found.voxels, found.mean], [2, 2.5]) // 0 and 5; 1 is NaN
    assert.equal(roiStatistics(values, slice, grid.affine, [0.2, 0.2, 0], [0.8, 0.8, 0]), undefined)
  })
})

describe('a picture on its stage', () => {
  it('fits, and lies in the middle', () => {
    assert.deepEqual(placement({ rows: 100, columns: 200 }, { width: 400, height: 400 }, { zoom: 1, panX: 0, panY: 0 }), { scale: 2, left: 0, top: 100 })
  })

  it('stays where the pointer is when it is zoomed', () => {
    const [picture, stage] = [{ rows: 100, columns: 200 }, { width: 400, height: 300 }]
    const at = { x: 130, y: 90 }
    const before = placement(picture, stage, { zoom: 1.5, panX: 0.1, panY: -0.05 })
    const after = placement(picture, stage, zoomedAbout({ zoom: 1.5, panX: 0.1, panY: -0.05 }, 2, at, stage))
    const under = ({ left, top, scale }: typeof before) => [(at.x - left) / scale, (at.y - top) / scale]
    under(before).forEach((place, n) => assert.ok(Math.abs(place - under(after)[n]!) < 1e-9))
    assert.equal(after.scale, before.scale * 2)
    assert.deepEqual(panned({ zoom: 1, panX: 0, panY: 0 }, 40, -30, stage), { zoom: 1, panX: 0.1, panY: -0.1 })
  })

  it('has square pixels: the coarser axis is stretched', () => {
    assert.deepEqual(physicalExtent({ rows: 41, columns: 512, pixelMm: { row: 8, column: 0.7 } }), { rows: 469, columns: 512 })
    assert.deepEqual(physicalExtent({ rows: 512, columns: 512, pixelMm: { row: 0.7, column: 0.7 } }), { rows: 512, columns: 512 })
    assert.deepEqual(physicalExtent({ rows: 2000, columns: 100, pixelMm: { row: 4, column: 1 } }), { rows: 4096, columns: 51 })
    // the first of four rows made of two lies a quarter of a row before the first one's centre
    assert.equal(resampledPlace(0, 4, 2), -0.25)
  })
})

describe('a window', () => {
  it('is read and written as the API has it', () => {
    assert.deepEqual(parseWindow('lung'), { center: -600, width: 1500 })
    assert.deepEqual(parseWindow('40,400'), { center: 40, width: 400 })
    for (const text of ['', '40', '40,0', '40,-1', 'a,b', '1,2,3', ',5', 'Infinity,1']) assert.equal(parseWindow(text), undefined, text)
    assert.equal(windowText({ center: 40, width: 400 }), 'mediastinal')
    assert.equal(windowText({ center: 41.5, width: 400 }), '41.5,400')
  })

  it('widens to the right and rises downwards', () => {
    assert.deepEqual(draggedWindow({ center: 40, width: 512 }, 10, 20), { center: 60, width: 522 })
    assert.deepEqual(draggedWindow({ center: 40, width: 20 }, -500, 0), { center: 40, width: 1 })
  })
})
