import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { authorshipOf } from '../../src/datasets/authorship.js'
import { DatasetError } from '../../src/errors.js'
import { buildTestApp } from '../support/test-app.js'
import { makeDataset, writeContent } from '../support/test-dataset.js'

const dataset = makeDataset({ after }, [{ category: 'CT-1', mask: { datatype: 'uint8' } }, {}])
writeFileSync(dataset.path('dataset.json'), JSON.stringify({ title: 'Two', version: 2, description: 'Made for a test.', creator: 'An institute', datePublished: '2026-01-31' }))
const app = await buildTestApp({ after }, { root: dataset.root })

const description = async (of: typeof app) => {
  const { headers, body } = await of.get('/v1/dataset.croissant.json')
  assert.match(headers['content-type']!, /^application\/ld\+json/)
  return JSON.parse(Buffer.from(body).toString('utf8'))
}

describe('GET /v1/dataset.croissant.json', () => {
  it('says what the dataset says of itself, and nothing that it does not', async () => {
    const { name, description: text, creator, datePublished, version, license, citeAs, conformsTo } = await description(app)
    assert.deepEqual({ name, text, creator, datePublished, version, license, citeAs, conformsTo }, {
      name: 'Two',
      text: 'Made for a test.',
      creator: [{ '@type': 'sc:Organization', name: 'An institute' }],
      datePublished: '2026-01-31',
      version: '2.0.0',
      license: undefined,
      citeAs: undefined,
      conformsTo: 'http://mlcommons.org/croissant/1.1'
    })
  })

  it('has the categories of the dataset\'s own scale, and none where it has no scale', async (t) => {
    const categoriesOf = async (files: Record<string, string>) => {
      const root = makeDataset(t, []).root
      rmSync(join(root, 'dataset_registry.csv'))
      for (const [name, content] of Object.entries(files)) writeContent(join(root, name), Buffer.from(content))
      for (const name of ['a.nii', 'b.nii']) writeContent(join(root, name), {})
      const { recordSet } = await description(await buildTestApp(t, { root }))
      const [studies] = recordSet
      return {
        data: recordSet.find(({ name }: { name: string }) => name === 'categories')?.data,
        references: studies.field.find(({ name }: { name: string }) => name === 'category').references
      }
    }
    const own = { title: 'Own', studies: 'studies.csv', categories: [{ id: 'mild', title: 'A little' }, { id: 'grave', title: 'A lot' }] }
    assert.deepEqual(await categoriesOf({ 'niiserve.json': JSON.stringify(own), 'studies.csv': 'id,image,category\nA,a.nii,grave\nB,b.nii,mild\n' }), {
      data: [{ 'categories/id': 'mild', 'categories/title': 'A little', 'categories/severity': 0 }, { 'categories/id': 'grave', 'categories/title': 'A lot', 'categories/severity': 1 }],
      references: { field: { '@id': 'categories/id' } }
    })
    assert.deepEqual(await categoriesOf({ 'niiserve.json': JSON.stringify({ title: 'None', studies: 'studies.csv' }), 'studies.csv': 'id,image\nA,a.nii\n' }), { data: undefined, references: undefined })
  })

  it('points at tables of this revision, whose SHA-256 is that of what is sent', async () => {
    const { distribution } = await description(app)
    for (const { '@id': id, contentUrl, sha256 } of distribution) {
      assert.ok(contentUrl.startsWith(`${app.origin}/v1/${id}?`), contentUrl)
      const { status, text } = await fetch(contentUrl).then(async (response) => ({ status: response.status, text: await response.text() }))
      assert.equal(status, 200)
      assert.equal(createHash('sha256').update(text).digest('hex'), sha256)
    }
  })

  it('has the address that is configured in its links', async (t) => {
    const behind = await buildTestApp(t, { root: dataset.root, config: { publicUrl: 'https://ct.example.org/nii' } })
    const { distribution: [studies] } = await description(behind)
    assert.match(studies.contentUrl, /^https:\/\/ct\.example\.org\/nii\/v1\/studies\.csv\?/)
    assert.match(await behind.bytes('/v1/studies.csv?full=true').then(String), /https:\/\/ct\.example\.org\/nii\/v1\/studies\/study_0001\/image\.nii\.gz/)
  })
})

describe('who made a dataset, and when', () => {
  it('is read in every form that it may be written in', () => {
    assert.deepEqual(authorshipOf('x', { creator: 'A' }), { creator: [{ type: 'Organization', name: 'A' }] })
    assert.deepEqual(authorshipOf('x', { creator: [{ name: 'B', type: 'Person', url: 'https://b.example' }, 'C'], datePublished: null }), {
      creator: [{ type: 'Person', name: 'B', url: 'https://b.example' }, { type: 'Organization', name: 'C' }]
    })
  })

  it('is refused, naming the field, where it is something else', () => {
    for (const [field, value] of [['creator', 7], ['creator', { name: '' }], ['creator', { name: 'A', type: 'Robot' }], ['creator', { name: 'A', url: 'javascript:1' }], ['datePublished', '2020'], ['datePublished', '2020-13-40'], ['description', []]] as const) {
      assert.throws(() => authorshipOf('dataset.json', { [field]: value }), (error: Error) => error instanceof DatasetError && error.message.startsWith(`dataset.json: ${field} must be`), field)
    }
  })
})

describe('the page of the dataset', () => {
  const blockOf = (text: string) => /<script type="application\/ld\+json">(.*?)<\/script>/s.exec(text)?.[1]

  it('carries the same description as JSON-LD, which no text in it can break out of', async (t) => {
    const own = makeDataset(t, [{}])
    writeFileSync(own.path('dataset.json'), JSON.stringify({ title: '</script><script>alert(1)</script>' }))
    const there = await buildTestApp(t, { root: own.root })
    const { text } = await there.request.get('/').set('host', `127.0.0.1:${there.port}`).set('accept', 'text/html')
    assert.deepEqual(JSON.parse(blockOf(text)!), await description(there))
    assert.equal(text.match(/<script/g)!.length, 2)
  })

  it('carries none where keys are configured', async (t) => {
    const closed = await buildTestApp(t, { root: dataset.root, config: { apiKeys: ['k'] } })
    assert.equal(blockOf((await closed.request.get('/').set('accept', 'text/html')).text), undefined)
  })

  it('tells of OHIF where there is one', async (t) => {
    const linked = await buildTestApp(t, { root: dataset.root, config: { ohifUrl: 'https://viewer.example.org' } })
    assert.match((await linked.request.get('/studies/study_0001').set('accept', 'text/html')).text, /<meta name="niiserve-ohif" content="dicomweb\/ohif\/">/)
    assert.doesNotMatch((await app.request.get('/studies/study_0001').set('accept', 'text/html')).text, /niiserve-ohif/)
  })
})
