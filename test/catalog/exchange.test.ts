import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { copyCanonical } from '../../src/catalog/canonical.js'
import { Catalog, RULES } from '../../src/catalog/catalog.js'
import { openPublished } from '../../src/catalog/database.js'
import { makeCatalog } from '../support/generated-catalog.js'

// More than are read at a time while all are streamed.
const MANY = 1_200
// More than twice what is read of a new catalog before others get a turn.
const MORE = 2_100

it('a catalog that is exchanged lets the streams that it began end on what they began with', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'niiserve-exchange-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const opened = [MANY, MORE].map((count) => {
    copyCanonical([makeCatalog(join(folder, String(count)), count).catalogFile], join(folder, `${count}.sqlite`))
    return openPublished(join(folder, `${count}.sqlite`), RULES)
  })
  const [first, second] = opened as [typeof opened[0] & object, typeof opened[0] & object]
  const catalog = new Catalog(first)
  const generation = catalog.generation
  const revision = catalog.revision()
  const begin = () => catalog.ask.studiesOf({}, { by: 'id', descending: false })
  const [stream, abandoned, never] = [begin(), begin(), begin()]
  const ids = [stream.next().value, ...Array.from({ length: 3 }, () => stream.next().value)]
  abandoned.next()

  const exchanged = catalog.exchange(second)
  assert.equal(catalog.ask.counts().studies, MANY, 'the new one is being read')
  let turns = 0
  const turn = () => {
    turns++
    counting = setImmediate(turn)
  }
  let counting = setImmediate(turn)
  await exchanged
  clearImmediate(counting)
  assert.ok(turns > 0, 'others had a turn meanwhile')
  assert.equal(catalog.ask.counts().studies, MORE)
  assert.notEqual(catalog.revision(), revision)
  assert.ok(catalog.generation > generation)
  for (const study of stream) ids.push(study)
  assert.equal(new Set(ids.map((json) => JSON.parse(json as string).id)).size, MANY)
  assert.equal(first.open, true, 'another stream still reads it')
  abandoned.return(undefined)
  assert.equal(first.open, false)
  assert.equal([...never].length, MORE, 'a stream that had not begun reads the new one')
  assert.equal(second.open, true)
  catalog.close()
})
