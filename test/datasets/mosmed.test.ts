import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { DatasetError } from '../../src/errors.js'
import { CATEGORIES, categoryOf, isMosMedData, MOSMEDDATA } from '../../src/datasets/mosmed/mosmed.js'
import { describeDataset as describeAs, readOwnDescription } from '../../src/datasets/description.js'
import type { LocalStore } from '../../src/storage/local-store.js'
import type { Category } from '../../src/datasets/mosmed/mosmed.js'
import { datasetFolder } from '../ingest/dataset-folder.js'

describe('the categories', () => {
  it('run from CT-0 to CT-4, and their involvement from 0 to 100 % without a gap', () => {
    assert.deepEqual(CATEGORIES.map(({ id, severity }) => [id, severity]), [['CT-0', 0], ['CT-1', 1], ['CT-2', 2], ['CT-3', 3], ['CT-4', 4]])
    assert.deepEqual(CATEGORIES.map(({ involvement: { min, max } }) => [min, max]), [[0, 0], [0, 25], [25, 50], [50, 75], [75, 100]])
  })

  it('are told from anything else', () => {
    assert.equal(categoryOf(' ct-3\t'), 'CT-3')
    for (const text of ['', 'CT-5', 'CT', '3', 'CT-33', 'constructor']) assert.equal(categoryOf(text), undefined)
  })
})

/** As a service describes it: what the folder says itself, else what its layout knows, else its name. */
function describeDataset (store: LocalStore, studies: ReadonlyArray<{ category: Category }>) {
  return describeAs(store.root, readOwnDescription(store)?.dataset, isMosMedData(store, studies) ? MOSMEDDATA : undefined)
}

describe('describeDataset', () => {
  /** Studies in the distribution that MosMedData publishes, less `fewer` of CT-1. */
  function distribution (fewer = 0) {
    const counts: Array<[Category, number]> = [['CT-0', 254], ['CT-1', 684 - fewer], ['CT-2', 125], ['CT-3', 45], ['CT-4', 2]]
    return counts.flatMap(([category, count]) => Array.from({ length: count }, () => ({ category })))
  }

  it('knows MosMedData by its README, be it only a part of it', (t) => {
    const { store } = datasetFolder(t, { 'README_EN.md': '# **MosMedData: Chest CT Scans with COVID-19 Related Findings**\n' })
    assert.deepEqual(describeDataset(store, [{ category: 'CT-1' }]), MOSMEDDATA)
  })

  it('knows MosMedData by its published distribution, and by nothing less', (t) => {
    const { store } = datasetFolder(t)
    assert.deepEqual(describeDataset(store, distribution()), MOSMEDDATA)
    assert.equal(describeDataset(store, distribution(1)).license, null)
  })

  it('gives MosMedData the licence it names, not the one its README links to', () => {
    assert.deepEqual(MOSMEDDATA.license, { name: 'CC BY-NC-ND 3.0', url: 'https://creativecommons.org/licenses/by-nc-nd/3.0/' })
  })

  it('names an unknown dataset by its folder and claims nothing for it', (t) => {
    const { root, store } = datasetFolder(t)
    mkdirSync(join(root, 'README_EN.md'))
    assert.deepEqual(describeDataset(store, []), { id: 'dataset', title: 'dataset', version: null, license: null, citation: null, url: null })
  })

  it('believes dataset.json before anything else; what it leaves out stays unsaid', (t) => {
    const own = { id: 'Lung Phantom #1', title: 'A phantom', license: { name: 'CC0 1.0', url: 'https://creativecommons.org/publicdomain/zero/1.0/' }, citation: null, channel_names: { 0: 'CT' } }
    const { store } = datasetFolder(t, { 'dataset.json': `\uFEFF${JSON.stringify(own)}`, 'README_EN.md': 'MosMedData' })
    assert.deepEqual(describeDataset(store, distribution()), {
      id: 'lung-phantom-1', title: 'A phantom', version: null, license: own.license, citation: null, url: null
    })
  })

  const wrong: Array<[what: string, text: string]> = [
    ['no JSON', '{"title": '],
    ['a list', '[]'],
    ['null', 'null'],
    ['a number as title', '{"title": 1}'],
    ['an empty id', '{"id": ""}'],
    ['a licence without address', '{"license": "CC0"}'],
    ['a licence with half an address', '{"license": {"name": "CC0", "url": "creativecommons.org"}}'],
    ['a licence whose address would end a header line', '{"license": {"name": "CC0", "url": "https://example.org/\\r\\nSet-Cookie: a=b"}}'],
    ['a licence whose address would leave its brackets', '{"license": {"name": "CC0", "url": "https://example.org/>; rel=next"}}'],
    ['more than it may hold', JSON.stringify({ title: 'x'.repeat(70_000) })]
  ]
  for (const [what, text] of wrong) {
    it(`refuses a dataset.json that holds ${what}`, (t) => {
      const { store } = datasetFolder(t, { 'dataset.json': text })
      assert.throws(() => describeDataset(store, []), (error: Error) =>
        error instanceof DatasetError && error.message.startsWith('dataset.json') && !error.message.includes('\n'))
    })
  }
})
