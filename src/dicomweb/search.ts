import { setImmediate } from 'node:timers/promises'
import type { DataSet } from '../dicom/data-set.js'
import type { DicomArchive, DicomSeries, DicomStudy } from './archive.js'
import { answered, instanceLevel, seriesLevel, studyLevel } from './level-attributes.js'
import type { Level } from './level-attributes.js'
import { isMatch } from './search-query.js'
import type { SearchQuery } from './search-query.js'

/** The most results in one answer; a warning says that there are more. */
export const MOST_RESULTS = 5_000

/** Studies checked in one go; other requests get a turn in between. */
const STUDIES_A_TURN = 200

export interface SearchResult { items: DataSet[], warnings: string[] }

/** The study or series that the path limits a search to. */
export interface SearchScope { study?: DicomStudy, series?: DicomSeries }

/**
 * Search the archive: the matches in order of study, series and instance.
 *
 * @param root address of the service, for `RetrieveURL`
 */
export async function search (archive: DicomArchive, level: Level, scope: SearchScope, query: SearchQuery, root: string): Promise<SearchResult> {
  const most = Math.min(query.limit ?? MOST_RESULTS, MOST_RESULTS)
  const warnings = [...query.warnings]
  const items: DataSet[] = []
  let left = query.offset
  let unfit = 0
  let looked = 0
  for (const id of candidates(archive, scope, query)) {
    if (++looked % STUDIES_A_TURN === 0) await setImmediate()
    const known = archive.study(id)
    if (known === undefined) continue
    if ('fault' in known) {
      if (unfit++ === 0) warnings.push(`study ${id} is left out: ${known.fault}`)
      continue
    }
    for (const found of foundIn(known.study, level, scope, query, root)) {
      if (!isMatch(found, query.matches)) continue
      if (left > 0) left--
      else if (items.length < most) items.push(answered(level, found, query.includes))
      else return { items, warnings: query.limit === undefined || query.limit > MOST_RESULTS ? [...warnings, 'there are more results; ask for them with offset'] : warnings }
    }
    if (items.length === most && most === 0) break
  }
  if (unfit > 1) warnings.push(`${unfit - 1} further studies are left out for the like`)
  return { items, warnings }
}

/** The ids to check: a UID or a complete PatientID names a single study. */
function candidates (archive: DicomArchive, { study }: SearchScope, { matches }: SearchQuery): Iterable<string> {
  if (study !== undefined) return [study.id]
  for (const { keyword, values } of matches) {
    if (values.length === 0) continue
    if (keyword === 'StudyInstanceUID') return [...new Set(values.flatMap((uid) => archive.idOf(uid) ?? []))].sort()
    if (keyword === 'PatientID' && values.every((value) => !/[*?]/.test(value))) return [...new Set(values)].sort()
  }
  return archive.readyIds()
}

function * foundIn (study: DicomStudy, level: Level, scope: SearchScope, query: SearchQuery, root: string): Generator<DataSet> {
  if (level === 'study') return yield studyLevel(study, root)
  for (const series of study.series) {
    if (scope.series !== undefined && series.uid !== scope.series.uid) continue
    const found = seriesLevel(series, root)
    if (level === 'series') {
      yield found
      continue
    }
    // If the series does not match, none of its instances does.
    if (!isMatch(found, query.matches.filter(({ keyword }) => keyword in found && keyword !== 'RetrieveURL'))) continue
    for (let instance = 0; instance < series.instances.length; instance++) yield { ...found, ...instanceLevel(series, instance, root) }
  }
}
