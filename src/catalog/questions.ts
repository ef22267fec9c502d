import type { Database } from './database.js'
import * as slices from './slice-query.js'
import type { SliceFilter } from './slice-query.js'
import { qualityItems } from './study-quality.js'
import { catalogStatistics } from './statistics.js'
import * as studies from './study-query.js'
import type { Cursor, Facet, StudyOrder } from './study-query.js'
import type { StudyFilter } from './study-selection.js'

/**
 * What may be asked of the catalog by filter. The rooms outside ask here and never see the database; what each answer
 * means is said at the function that makes it.
 */
export class Questions {
  /** databases that were exchanged while a stream reads them, and how many do */
  private readonly streams = new Map<Database, number>()

  constructor (private database: Database) {}

  /** Ask another database from now on. The old one is closed when the streams that read it have ended. */
  exchange (database: Database): void {
    const old = this.database
    this.database = database
    if (!this.streams.has(old)) old.close()
  }

  counts () { return studies.catalogCounts(this.database) }
  studyIds (filter: StudyFilter) { return studies.studyIds(this.database, filter) }
  pageOfStudies (filter: StudyFilter, order: StudyOrder, limit: number, after: Cursor | null) { return studies.pageOfStudies(this.database, filter, order, limit, after) }
  studiesOf (filter: StudyFilter, order: StudyOrder) { return this.streamed((database) => studies.studiesOf(database, filter, order)) }
  facetCounts (filter: StudyFilter, facet: Facet) { return studies.facetCounts(this.database, filter, facet) }
  categoryShares (categories: readonly string[]) { return studies.categoryShares(this.database, categories) }
  referenceStudies (filter: StudyFilter) { return studies.referenceStudies(this.database, filter) }
  stratifiedStudies () { return studies.stratifiedStudies(this.database) }
  partsOfDataset () { return studies.partsOfDataset(this.database) }
  qualityItems () { return qualityItems(this.database) }
  statistics (filter: StudyFilter) { return catalogStatistics(this.database, filter) }

  studiesWithSlices (filter: SliceFilter, from?: string) { return slices.studiesWithSlices(this.database, filter, from) }
  categoryOf (id: string) { return studies.categoryOf(this.database, id) }
  pickSlices (ids: readonly string[], conditions: slices.SliceConditions, annotatedOnly: boolean) { return slices.pickSlices(this.database, ids, conditions, annotatedOnly) }
  slicesOfStudy (studyId: string, filter: SliceFilter, after?: number) { return slices.slicesOfStudy(this.database, studyId, filter, after) }
  studyWithout (filter: SliceFilter, has: (id: string) => boolean) { return slices.studyWithout(this.database, filter, has) }
  studyWithoutMask (filter: SliceFilter) { return slices.studyWithoutMask(this.database, filter) }

  /** A stream reads one database to its end. */
  private * streamed<Row> (read: (database: Database) => Iterable<Row>): Generator<Row> {
    const { database, streams } = this
    streams.set(database, (streams.get(database) ?? 0) + 1)
    try {
      yield * read(database)
    } finally {
      const others = streams.get(database)! - 1
      if (others > 0) streams.set(database, others)
      else streams.delete(database)
      if (others === 0 && database !== this.database) database.close()
    }
  }
}
