import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { labelsOf, nameOf, paletteOf, setsOf, slicesWith } from '../../web/src/image/labels.js'
import { DEFAULT_HABITS, parseView, viewChanges } from '../../web/src/state/view.js'
import { pictureQuery } from '../../web/src/state/picture-query.js'

const ROWS = [
  { set: 'labels', value: 1, name: 'kidney', color: '#0080ff', voxels: 6, slices: [0, 2] },
  { set: 'labels', value: 2, name: 'cyst', color: '#56b4e9', voxels: 0, slices: [] },
  { set: 'labels', value: 3, name: 'tumour', color: '#ff4040', voxels: 4, slices: [1, 2] },
  { set: 'tumours', value: null, values: [1, 2, 4], name: 'whole', color: '#111111', voxels: 9, slices: [3] },
  { set: 'tumours', value: null, values: [1, 4], name: 'core', color: '#222222', voxels: 5, slices: [3] },
  { set: 'tumours', value: 4, name: 'enhancing', color: '#333333', voxels: 2, slices: [3] }
]

describe('the labels of a study', () => {
  it('are drawn in their colours, but those that are hidden; one without voxels is not listed', () => {
    const labels = labelsOf(ROWS, 'labels')
    assert.deepEqual(setsOf(ROWS), ['labels', 'tumours'])
    assert.deepEqual(labels.map(({ name }) => name), ['kidney', 'tumour'])
    assert.deepEqual([...paletteOf(labels, [])], [[1, [0, 128, 255]], [3, [255, 64, 64]]])
    assert.deepEqual([...paletteOf(labels, ['kidney'])], [[3, [255, 64, 64]]])
    assert.deepEqual(slicesWith(labels, []), [0, 1, 2])
    assert.deepEqual(slicesWith(labels, ['tumour']), [0, 2])
  })

  it('of regions: a value looks like its own label, else like the last region that has it', () => {
    const palette = paletteOf(labelsOf(ROWS, 'tumours'), [])
    assert.deepEqual([1, 2, 4].map((value) => palette.get(value)![0]), [0x22, 0x11, 0x33])
    assert.deepEqual([1, 2, 4, 7].map((value) => nameOf(ROWS.slice(3), value)), ['core', 'whole', 'enhancing', undefined])
  })

  it('are in the address, and in the picture of the service', () => {
    const view = parseView(new URLSearchParams('set=labels&hide=kidney&mask=fill'), DEFAULT_HABITS)
    assert.deepEqual([view.set, view.hidden], ['labels', ['kidney']])
    assert.deepEqual([viewChanges(view, undefined)['set'], viewChanges(view, undefined)['hide']], ['labels', ['kidney']])
    const { overlay, set, label } = pictureQuery(view, 'axial', true, { set: 'labels', names: ['kidney', 'tumour'] })
    assert.deepEqual([overlay, set, label], ['labels', 'labels', 'tumour'])
  })
})
