import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { statement } from './database.js'
import type { Database } from './database.js'
import { orderOfNumbers } from './radix-order.js'
import { NUMBER_FACTS, WARNED } from './study-facts.js'
import type { NumberFact } from './study-facts.js'
import { STATUSES } from './study.js'
import type { Status } from './study.js'

/** Stands for an absent fact: larger than any fact, so that it sorts last. */
export const ABSENT = 1e308

/** Characters of the studies that are kept from one list to the next. A study has 1,500, and with 117 labels 15,000. */
const KEPT_CHARACTERS = 8 * 2 ** 20

/** Studies read before others get a turn, where they may: some milliseconds. */
const ROWS_AT_ONCE = 1_000

const FACTS = Object.keys(NUMBER_FACTS) as NumberFact[]
const SPLITS = ['train', 'val', 'test'] as const
const COLUMNS = ['id', 'category', 'patient', 'split', 'status', 'annotated', 'mask_file IS NOT NULL', WARNED, 'revision', ...Object.values(NUMBER_FACTS)].join(', ')
type Row = [id: string, category: string | null, patient: string | null, split: typeof SPLITS[number] | null, status: Status, annotated: number, hasMask: number, warned: number, revision: string, ...facts: (number | null)[]]

/**
 * What lists, counts, distributions and splits go by, of every study, as columns in memory: some 150 bytes a study. A
 * study's place is its index here; places are in the order of ids.
 *
 * They are read from one index of SQLite, once; a study that is written again is read again. So a filter is a loop over
 * numbers: milliseconds for a hundred thousand studies, where SQLite would parse the JSON of each.
 */
export class StudyColumns {
  /** increases with every change */
  version = 0
  ids: string[] = []
  categories: (string | null)[] = []
  patients: (string | null)[] = []
  splits: (typeof SPLITS[number] | null)[] = []
  /** index into STATUSES */
  status = new Uint8Array(0)
  annotated = new Uint8Array(0)
  hasMaskFile = new Uint8Array(0)
  warned = new Uint8Array(0)
  /** ABSENT where a study lacks the fact */
  numbers = {} as Record<NumberFact, Float64Array>
  /** texts of the studies that were listed last, by id, until they are written again */
  readonly shown = new LRUCache<string, string>({ maxSize: KEPT_CHARACTERS, sizeCalculation: (text) => text.length })
  private revisions = new BigUint64Array(0)
  private revisionSum = 0n
  private readonly orders = new Map<string, Uint32Array>()
  private readonly ascending = new Map<NumberFact, Float64Array>()
  private readonly texts = new Map<string, string>()
  private readonly touched = new Set<string>()
  private accounted = -1

  private constructor (private readonly database: Database) {}

  private static readonly known = new WeakMap<Database, StudyColumns>()

  /** The columns of a database, as of now. */
  static of (database: Database): StudyColumns {
    const columns = StudyColumns.among(database)
    columns.bringUpToDate()
    return columns
  }

  /** Read the columns of a database that nobody uses yet, a few rows at a time, so that others get a turn. */
  static async prepare (database: Database): Promise<void> {
    const columns = StudyColumns.among(database)
    const changes = columns.changes()
    const reading = columns.reading()
    while (reading.next().done !== true) await new Promise((resolve) => setImmediate(resolve))
    columns.accounted = changes
  }

  /** Run a change of the database that tells which studies it touches, so that only those are read again. */
  static around<Result> (database: Database, change: (touch: (studyId: string) => void) => Result): Result {
    const columns = StudyColumns.among(database)
    const before = columns.changes()
    const touched: string[] = []
    const result = change((studyId) => touched.push(studyId))
    if (columns.accounted === before) {
      columns.accounted = columns.changes()
      for (const id of touched) columns.touched.add(id)
    }
    return result
  }

  private static among (database: Database): StudyColumns {
    let columns = StudyColumns.known.get(database)
    if (columns === undefined) StudyColumns.known.set(database, columns = new StudyColumns(database))
    return columns
  }

  get count (): number {
    return this.ids.length
  }

  /** Where a study is, or would be: the number of ids below its own. */
  placeOf (id: string): number {
    let low = 0
    let high = this.ids.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.ids[middle]! < id) low = middle + 1
      else high = middle
    }
    return low
  }

  /** All places by a fact, ascending or descending; equal ones by id, those without it last. */
  order (fact: NumberFact, descending: boolean): Uint32Array {
    const name = `${fact} ${descending}`
    let order = this.orders.get(name)
    if (order === undefined) this.orders.set(name, order = orderOfNumbers(descending ? this.numbers[fact].map((value) => value === ABSENT ? ABSENT : -value) : this.numbers[fact]))
    return order
  }

  /** The values of a fact in the studies that have it, ascending. @param isIn 1 at the places that count; undefined: all count */
  sorted (fact: NumberFact, isIn?: Uint8Array): Float64Array {
    const places = this.order(fact, false)
    let all = this.ascending.get(fact)
    if (all === undefined) {
      const values = this.numbers[fact]
      const known = values.reduce((sum, value) => sum + (value === ABSENT ? 0 : 1), 0)
      this.ascending.set(fact, all = Float64Array.from(places.subarray(0, known), (place) => values[place]!))
    }
    if (isIn === undefined) return all
    const kept = new Float64Array(all.length)
    let size = 0
    for (let n = 0; n < all.length; n++) if (isIn[places[n]!] === 1) kept[size++] = all[n]!
    return kept.subarray(0, size)
  }

  /** A hash of all studies' revisions. Their sum does not depend on an order, and one study's change changes it at little cost. */
  get revision (): string {
    return createHash('sha256').update(`${this.count} ${BigInt.asUintN(64, this.revisionSum)}`).digest('hex').slice(0, 16)
  }

  private changes (): number {
    return statement(this.database, 'SELECT total_changes()').pluck().get() as number
  }

  private bringUpToDate (): void {
    const changes = this.changes()
    if (this.accounted !== changes) this.readAll()
    else if (this.touched.size > 0 && ![...this.touched].every((id) => this.readAgain(id))) this.readAll()
    else if (this.touched.size === 0) return
    this.accounted = changes
    this.touched.clear()
    this.orders.clear()
    this.ascending.clear()
    this.version++
  }

  private readAll (): void {
    const reading = this.reading()
    while (reading.next().done !== true);
  }

  private * reading (): Generator<void> {
    const count = statement(this.database, 'SELECT COUNT(*) FROM studies').pluck().get() as number
    this.ids = new Array(count)
    this.categories = new Array(count)
    this.patients = new Array(count)
    this.splits = new Array(count)
    this.status = new Uint8Array(count)
    this.annotated = new Uint8Array(count)
    this.hasMaskFile = new Uint8Array(count)
    this.warned = new Uint8Array(count)
    this.revisions = new BigUint64Array(count)
    this.revisionSum = 0n
    this.numbers = Object.fromEntries(FACTS.map((fact) => [fact, new Float64Array(count)])) as Record<NumberFact, Float64Array>
    this.texts.clear()
    this.shown.clear()
    let place = 0
    for (const row of statement(this.database, `SELECT ${COLUMNS} FROM studies ORDER BY id`).raw().iterate() as Iterable<Row>) {
      this.set(place++, row)
      if (place % ROWS_AT_ONCE === 0) yield
    }
  }

  /** @returns false where the study is new or gone */
  private readAgain (id: string): boolean {
    const place = this.placeOf(id)
    this.shown.delete(id)
    const row = statement(this.database, `SELECT ${COLUMNS} FROM studies WHERE id = ?`).raw().get(id) as Row | undefined
    if (row === undefined || this.ids[place] !== id) return row === undefined && this.ids[place] !== id
    this.set(place, row)
    return true
  }

  private set (place: number, row: Row): void {
    const [id, category, patient, split, status, annotated, hasMask, warned, revision] = row
    this.ids[place] = id
    this.categories[place] = this.shared(category)
    this.patients[place] = patient
    this.splits[place] = split === null ? null : SPLITS.find((name) => name === split)!
    this.status[place] = STATUSES.indexOf(status)
    this.annotated[place] = annotated
    this.hasMaskFile[place] = hasMask
    this.warned[place] = warned
    const number = BigInt(`0x${revision || '0'}`)
    this.revisionSum += number - this.revisions[place]!
    this.revisions[place] = number
    for (let n = 0; n < FACTS.length; n++) this.numbers[FACTS[n]!][place] = (row[9 + n] as number | null) ?? ABSENT
  }

  /** The same text as one object, however many studies have it. */
  private shared (text: string | null): string | null {
    if (text === null) return null
    const known = this.texts.get(text)
    if (known === undefined) this.texts.set(text, text)
    return known ?? text
  }
}
