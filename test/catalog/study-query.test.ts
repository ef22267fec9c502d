import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import fc from 'fast-check'
import { openDatabase } from '../../src/catalog/database.js'
import { catalogStatistics } from '../../src/catalog/statistics.js'
import { facetCounts, pageOfStudies, SORTS, studiesOf, type Cursor, type SortKey } from '../../src/catalog/study-query.js'
import type { StudyFilter } from '../../src/catalog/study-selection.js'

interface Row {
  id: string
  category: string
  severity: number
  status: 'ready' | 'pending' | 'missing' | 'unreadable'
  annotated: number
  slices: number | null
  lesionMl: number | null
  /** between axial slices, whichever stored axis that is */
  spacing: number | null
  axes: string
  bytes: number | null
  huMin: number | null
  huMax: number | null
  warnings: string[]
}

/** Few different values, so that ties and absent facts are common. */
const anyRows: fc.Arbitrary<Row[]> = fc.uniqueArray(fc.record({
  id: fc.integer({ min: 0, max: 999 }).map((n) => `study_${String(n).padStart(4, '0')}`),
  severity: fc.nat(4),
  status: fc.constantFrom('ready' as const, 'pending' as const, 'missing' as const, 'unreadable' as const),
  annotated: fc.nat(1),
  slices: fc.option(fc.integer({ min: 30, max: 33 })),
  lesionMl: fc.option(fc.constantFrom(0, 0.5, 1.25, 1e6)),
  spacing: fc.option(fc.constantFrom(0.625, 1, 8)),
  axes: fc.constantFrom('LAS', 'LPI', 'SAL', 'PIR'),
  bytes: fc.option(fc.constantFrom(0, 5, 1e9)),
  huMin: fc.option(fc.constantFrom(-2048, -1024, 0)),
  huMax: fc.option(fc.constantFrom(0, 3071)),
  warnings: fc.constantFrom<string[][]>([], ['image: one'], ['image: one', 'mask: two'])
}).map((row) => ({ ...row, category: `CT-${row.severity}` })), { selector: ({ id }) => id, maxLength: 40 })

const anyFilter: fc.Arbitrary<StudyFilter> = fc.record({
  category: fc.constantFrom(['CT-0'], ['CT-1', 'CT-2'], ['CT-4', 'CT-0', 'CT-3']),
  annotated: fc.boolean(),
  status: fc.constantFrom(['ready'] as const, ['pending', 'missing'] as const),
  minSlices: fc.integer({ min: 30, max: 33 }),
  maxSlices: fc.integer({ min: 30, max: 33 }),
  minLesionMl: fc.constantFrom(0, 0.5, 1),
  maxLesionMl: fc.constantFrom(0, 0.5, 2),
  search: fc.constantFrom('1', 'DY_0', '%', 'study_0_'),
  minSpacing: fc.constantFrom(0, 1, 2),
  maxSpacing: fc.constantFrom(0.625, 5),
  minBytes: fc.constantFrom(0, 6),
  maxBytes: fc.constantFrom(4, 5),
  warned: fc.boolean(),
  problem: fc.boolean()
}, { requiredKeys: [] })

const database = openDatabase(':memory:')
after(() => database.close())
const insert = database.prepare(`INSERT INTO studies (id, category, severity, image_file, status, annotated, slices, lesion_ml, facts)
  VALUES (@id, @category, @severity, '', @status, @annotated, @slices, @lesionMl, @facts)`)

/** The study as the catalog keeps it, as far as these queries look. */
function factsOf ({ id, axes, spacing, bytes, huMin, huMax, warnings }: Row): string {
  const along = [...axes].map((code) => 'SI'.includes(code) ? spacing : 0.7)
  return JSON.stringify({ id, axes, spacing: along, file: bytes === null ? null : { bytes }, intensity: huMin === null && huMax === null ? null : { min: huMin, max: huMax }, warnings })
}

function fill (rows: readonly Row[]): void {
  database.transaction(() => {
    database.exec('DELETE FROM studies')
    for (const { warnings, ...row } of rows) insert.run({ ...row, facts: factsOf({ warnings, ...row }) })
  })()
}

/** The contract in plain words: a fact that is absent matches no range and sorts last, by id. */
function naive (rows: readonly Row[], filter: StudyFilter, by: SortKey, descending: boolean): string[] {
  const within = (value: number | null, min: number | undefined, max: number | undefined) =>
    (min === undefined && max === undefined) || (value !== null && value >= (min ?? -Infinity) && value <= (max ?? Infinity))
  const matches = rows.filter((row) => (filter.category?.includes(row.category) ?? true) && (filter.status?.includes(row.status) ?? true) &&
    (filter.annotated === undefined || filter.annotated === (row.annotated === 1)) &&
    within(row.slices, filter.minSlices, filter.maxSlices) && within(row.lesionMl, filter.minLesionMl, filter.maxLesionMl) &&
    within(row.spacing, filter.minSpacing, filter.maxSpacing) && within(row.bytes, filter.minBytes, filter.maxBytes) &&
    (filter.warned === undefined || filter.warned === (row.warnings.length > 0)) &&
    (filter.problem === undefined || filter.problem === (row.status === 'missing' || row.status === 'unreadable')) &&
    row.id.includes(filter.search?.toLowerCase() ?? ''))
  const byId = matches.sort((a, b) => a.id < b.id ? -1 : 1)
  if (by === 'id') return (descending ? byId.reverse() : byId).map(({ id }) => id)
  const known = byId.filter((row) => row[by] !== null).sort((a, b) => (a[by]! - b[by]!) * (descending ? -1 : 1)) // a stable sort
  return [...known, ...byId.filter((row) => row[by] === null)].map(({ id }) => id)
}

const idOf = (json: string) => JSON.parse(json).id as string

describe('pages of studies', () => {
  it('are all matches in order, each once, as a naive reading of the contract says (property)', () => {
    fc.assert(fc.property(
      anyRows, anyFilter, fc.constantFrom<SortKey>(...SORTS), fc.boolean(), fc.integer({ min: 1, max: 9 }),
      (rows, filter, by, descending, limit) => {
        fill(rows)
        const expected = naive(rows, filter, by, descending)
        const seen: string[] = []
        let after: Cursor | null = null
        do {
          const page = pageOfStudies(database, filter, { by, descending }, limit, after)
          assert.equal(page.total, expected.length)
          assert.ok(page.items.length === limit || page.next === null, 'only the last page is short')
          seen.push(...page.items.map(idOf))
          after = page.next
        } while (after !== null)
        assert.deepEqual(seen, expected)
        assert.deepEqual([...studiesOf(database, filter, { by, descending })].map(idOf), expected)
        const statistics = catalogStatistics(database, filter)
        assert.equal(statistics.totals.studies, expected.length)
        assert.equal(statistics.sliceSpacing.bins.reduce((sum, bin) => sum + bin.studies, 0), rows.filter((row) => expected.includes(row.id) && row.spacing !== null).length)
        assert.deepEqual(statistics.bytes.bins.map(({ from, to }) => [from, to]), catalogStatistics(database).bytes.bins.map(({ from, to }) => [from, to]))
        // A facet counts without its own part of the filter.
        const { category, ...others } = filter
        assert.equal(Object.values(facetCounts(database, filter, 'category')).reduce((sum, count) => sum + count, 0), naive(rows, others, by, descending).length)
      }), { numRuns: 150 })
  })

  it('read every study once, from one index that holds all they need, and nothing again until something is written', () => {
    const fresh = openDatabase(':memory:')
    const seen: string[] = []
    const prepare = fresh.prepare.bind(fresh)
    fresh.prepare = ((sql: string) => {
      seen.push(sql)
      return prepare(sql)
    }) as typeof fresh.prepare
    for (const by of SORTS) pageOfStudies(fresh, { minSlices: 1 }, { by, descending: true }, 10, null)
    const columns = seen.filter((sql) => sql.includes('json_extract'))
    assert.equal(columns.length, 1)
    const plan = prepare(`EXPLAIN QUERY PLAN ${columns[0]}`).all() as { detail: string }[]
    assert.deepEqual(plan.map(({ detail }) => detail), ['SCAN studies USING COVERING INDEX studies_in_short'])
    fresh.close()
  })
})
