import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Catalog } from '../../src/catalog/catalog.js'
import { openDatabase } from '../../src/catalog/database.js'
import type { StudyEntry } from '../../src/catalog/study.js'

const entry = (id: string, category: string): StudyEntry =>
  ({ id, number: null, category, severity: 0, patient: null, split: null, imageKey: `${id}.nii.gz`, maskKey: null, labelKeys: {} })

it('a list that was asked before shows every study as it was written last', () => {
  const catalog = new Catalog(openDatabase(':memory:'))
  const shown = () => catalog.ask.pageOfStudies({}, { by: 'id', descending: false }, 10, null).items
    .map((text) => JSON.parse(text) as { id: string, category: string }).map(({ id, category }) => `${id} ${category}`)
  const byOne = () => ['a', 'b', 'c'].flatMap((id) => catalog.factsJson(id) ?? [])
  const list = (...entries: [string, string][]) => catalog.list(entries.map(([id, category]) => entry(id, category)))

  list(['a', 'CT-0'], ['b', 'CT-0'])
  assert.deepEqual(shown(), ['a CT-0', 'b CT-0'])
  list(['a', 'CT-0'], ['b', 'CT-3'])
  assert.deepEqual(shown(), ['a CT-0', 'b CT-3'], 'one is written again')
  list(['b', 'CT-3'], ['c', 'CT-1'])
  assert.deepEqual(shown(), ['b CT-3', 'c CT-1'], 'one has come and one has gone')
  list(['a', 'CT-4'], ['b', 'CT-3'], ['c', 'CT-1'])
  assert.deepEqual(shown(), ['a CT-4', 'b CT-3', 'c CT-1'], 'one that was gone is back, and another')
  assert.deepEqual(catalog.ask.pageOfStudies({}, { by: 'id', descending: false }, 10, null).items, byOne())
  catalog.close()
})
