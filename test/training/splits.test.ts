import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { InvalidRequest } from '../../src/errors.js'
import { parseRatios, shuffledIds, splitByFolds, splitByRatios } from '../../src/training/splits.js'
import { shuffledSlices } from '../../src/training/slice-order.js'

const studies = (category: string, count: number, from = 1) =>
  Array.from({ length: count }, (_, n) => ({ id: `study_${String(from + n).padStart(4, '0')}`, category }))

const counts = (count: number, ratios: string) => {
  const parts = [...splitByRatios(studies('CT-1', count), 0, parseRatios(ratios)).values()]
  return ['train', 'val', 'test'].map((part) => parts.filter((one) => one === part).length)
}

describe('a split by ratios', () => {
  it('cuts by largest remainder', () => {
    // 20 x 0.7 = 14, 20 x 0.15 = 3
    assert.deepEqual(counts(20, '0.7,0.15,0.15'), [14, 3, 3])
    // 7: 4.9, 1.05, 1.05: the one seat that is left goes to the .9
    assert.deepEqual(counts(7, '0.7,0.15,0.15'), [5, 1, 1])
    assert.deepEqual(counts(0, '0.7,0.15,0.15'), [0, 0, 0])
    assert.deepEqual(counts(5, '0,1,0'), [0, 5, 0])
  })

  it('gives ties to the earlier part', () => {
    // 10: 7, 1.5, 1.5
    assert.deepEqual(counts(10, '0.7,0.15,0.15'), [7, 2, 1])
    // 3: 1, 1, 1 of thirds as three decimals can say them: 0.999, 0.999, 1.002
    assert.deepEqual(counts(3, '0.333,0.333,0.334'), [1, 1, 1])
    // 1: 0.4, 0.4, 0.2
    assert.deepEqual(counts(1, '0.4,0.4,0.2'), [1, 0, 0])
  })

  it('takes decimals as they are written: 30 x 0.55 is 16.5, and no binary fraction near it', () => {
    assert.deepEqual(counts(30, '0.55,0.15,0.3'), [17, 4, 9])
    assert.deepEqual(counts(30, '0.15,0.55,0.3'), [5, 16, 9])
  })

  it('orders a category by the hex SHA-256 of "{seed}:{id}" and cuts each category by itself', () => {
    const all = [...studies('CT-0', 10), ...studies('CT-4', 2, 11)]
    const split = splitByRatios(all, 7, parseRatios('0.5,0.5,0'))
    const byHash = (ids: string[]) => ids.sort((a, b) =>
      createHash('sha256').update(`7:${a}`).digest('hex').localeCompare(createHash('sha256').update(`7:${b}`).digest('hex'), 'en'))
    const ct0 = byHash(studies('CT-0', 10).map(({ id }) => id))
    assert.deepEqual(ct0.map((id) => split.get(id)), [...Array(5).fill('train'), ...Array(5).fill('val')])
    const ct4 = byHash(['study_0011', 'study_0012'])
    assert.deepEqual(ct4.map((id) => split.get(id)), ['train', 'val'])
  })

  it('is another one with another seed', () => {
    assert.notDeepEqual(shuffledIds(studies('CT-1', 20).map(({ id }) => id), 0), shuffledIds(studies('CT-1', 20).map(({ id }) => id), 1))
  })

  it('refuses ratios that are not three decimals with the sum 1', () => {
    for (const text of ['', '1', '0.5,0.5', '0.7,0.2,0.2', '0.33,0.33,0.33', '1,-1,1', 'a,b,c', '0.7,0.15,0.15,0', '.5,.5,0', '1e0,0,0']) {
      assert.throws(() => parseRatios(text), InvalidRequest, text)
    }
  })
})

describe('a split into folds', () => {
  it('validates every n-th study of the order from the f-th', () => {
    const ids = studies('CT-1', 7).map(({ id }) => id)
    const folds = splitByFolds(studies('CT-1', 7), 3, 3)
    assert.deepEqual(shuffledIds(ids, 3).map((id) => folds.get(id)), [0, 1, 2, 0, 1, 2, 0])
  })
})

describe('a shuffle of slices', () => {
  it('orders them by the hex SHA-256 of "{seed}:{study}:{index}"', async () => {
    const slices = ['study_0001', 'study_0002', 'a.b'].flatMap((study) => Array.from({ length: 40 }, (_, index) => ({ study, index })))
    const hex = ({ study, index }: { study: string, index: number }) => createHash('sha256').update(`42:${study}:${index}`).digest('hex')
    const expected = slices.map((slice) => [hex(slice), slice] as const).sort(([a], [b]) => a < b ? -1 : 1).map(([, slice]) => slice)
    assert.deepEqual(await shuffledSlices(slices, '42'), expected)
  })
})

describe('studies of one patient', () => {
  // Eight patients of one to three studies: sizes count studies, and a group goes where its first study falls.
  const studies = [1, 2, 3, 1, 2, 1, 3, 1].flatMap((count, patient) => Array.from({ length: count }, (_, n) => ({ id: `s${patient}-${n}`, category: 'CT-0', patient: `p${patient}` })))

  it('stay together, ordered by the hash of the patient', () => {
    const hashOf = (patient: string) => createHash('sha256').update(`7:${patient}`).digest('hex')
    const order = [...new Set(studies.map(({ patient }) => patient))].sort((a, b) => hashOf(a) < hashOf(b) ? -1 : 1)
    // 14 studies at 0.5, 0.25, 0.25: 7, and 3.5 each, of which the earlier part has the fourth.
    const parts = [...new Array(7).fill('train'), ...new Array(4).fill('val'), ...new Array(3).fill('test')]
    const expected = new Map<string, string>()
    let first = 0
    for (const patient of order) {
      const own = studies.filter((study) => study.patient === patient)
      for (const { id } of own) expected.set(id, parts[first])
      first += own.length
    }
    assert.deepEqual([...splitByRatios(studies, 7, parseRatios('0.5,0.25,0.25'))].sort(), [...expected].sort())
  })

  it('are never torn apart by folds', () => {
    for (let seed = 0; seed < 20; seed++) {
      const folds = splitByFolds(studies, seed, 3)
      for (const { id, patient } of studies) assert.equal(folds.get(id), folds.get(`s${patient.slice(1)}-0`))
    }
  })
})
