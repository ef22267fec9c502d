import { address } from './location.js'
import { changed, listIn } from './search.js'
import type { Changes } from './search.js'

/** Parameters that choose studies: the API's own names, so that a page's address and a list's are the same words. */
export const FILTERS = [
  'search', 'category', 'annotated', 'status', 'warned', 'problem', 'hasLabel', 'minLabelMl', 'minSlices', 'maxSlices', 'minSpacing', 'maxSpacing',
  'minLesionMl', 'maxLesionMl', 'minBytes', 'maxBytes', 'split', 'seed', 'ratios', 'folds', 'fold'
] as const

/** Facts that a histogram filters by. */
export const RANGES = ['Slices', 'Spacing', 'LesionMl', 'Bytes'] as const
export type Range = typeof RANGES[number]

/** The filters in an address, as the API takes them; `without` leaves some of them out. */
export function filtersIn (search: URLSearchParams, without: readonly string[] = []): Record<string, string> {
  const names = FILTERS.filter((name) => search.has(name) && !without.includes(name))
  // What a split is made of means nothing without the part that is chosen.
  const isSplit = search.has('split')
  return Object.fromEntries(names.filter((name) => isSplit || !/^(seed|ratios|folds?)$/.test(name)).map((name) => [name, listIn(search, name).join(',')]))
}

/** Both bounds of a fact, to be taken away or set together. */
export const boundsOf = (range: Range) => [`min${range}`, `max${range}`] as const

/** The cohort as one text: filters and order, as `GET /v1/studies` takes them. */
export function cohortOf (search: URLSearchParams, order: Changes = {}): string {
  return changed(new URLSearchParams(filtersIn(search)), order).toString()
}

/** The viewer's address of a study, which knows the cohort it was found in. */
export function studyAddress (id: string, cohort = '', more: Changes = {}): string {
  return address(`studies/${encodeURIComponent(id)}`, { ...more, cohort: cohort === '' ? null : cohort })
}
