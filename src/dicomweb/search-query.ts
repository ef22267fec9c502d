import { ATTRIBUTES } from '../dicom/data-set.js'
import type { DataSet, Keyword, Value } from '../dicom/data-set.js'

/** A parsed search (PS3.18, 8.3.4): what attributes must match, which part of the matches to send, and what was ignored. */
export interface SearchQuery {
  matches: readonly Match[]
  /** undefined: no limit */
  limit: number | undefined
  offset: number
  /** further keywords asked for, or `all` */
  includes: ReadonlySet<string>
  /** sentences for `Warning: 299` */
  warnings: readonly string[]
}

export interface Match { keyword: Keyword, values: readonly string[] }

const KEYWORD_OF_TAG = new Map<string, Keyword>(Object.entries(ATTRIBUTES).map(([keyword, [tag]]) => [tag, keyword as Keyword]))

/** Valid parameters without effect here; every request may have `accept` and `charset` (PS3.18, 8.3.3). */
const WITHOUT_EFFECT = new Set(['fuzzymatching', 'emptyvaluematching', 'multiplevaluematching', 'accept', 'charset'])

/**
 * Parse a search. Nothing in it is an error: unsupported parts are ignored, with a warning.
 *
 * @param query parameters as received, each once or several times
 */
export function searchQuery (query: Readonly<Record<string, string | readonly string[] | undefined>>): SearchQuery {
  const matches: Match[] = []
  const warnings: string[] = []
  const includes = new Set<string>()
  let limit: number | undefined
  let offset = 0
  for (const [name, given] of Object.entries(query)) {
    const values = [given ?? []].flat()
    const number = /^\d{1,9}$/.test(values.at(-1) ?? '') ? Number(values.at(-1)) : undefined
    if (name === 'limit' || name === 'offset') {
      if (number === undefined) warnings.push(`${name} is not a whole number and was ignored`)
      else if (name === 'limit') limit = number
      else offset = number
    } else if (name === 'includefield') {
      for (const field of values.flatMap((value) => value.split(','))) includes.add(keywordOf(field) ?? field)
    } else if (!WITHOUT_EFFECT.has(name)) {
      const keyword = keywordOf(name)
      if (keyword === undefined) warnings.push(`the parameter ${printable(name)} is not supported and was ignored`)
      else matches.push({ keyword, values: valuesOf(keyword, values) })
    }
  }
  return { matches, limit, offset, includes, warnings }
}

/** Whether a data set matches: each attribute must match one of the wanted values. */
export function isMatch (found: DataSet, matches: readonly Match[]): boolean {
  return matches.every(({ keyword, values }) => values.length === 0 || values.some((wanted) => matchesValue(keyword, found[keyword], wanted)))
}

/** The keyword of an attribute named by keyword or by hexadecimal tag. */
function keywordOf (name: string): Keyword | undefined {
  return Object.hasOwn(ATTRIBUTES, name) ? name as Keyword : KEYWORD_OF_TAG.get(name.toUpperCase())
}

/** Values to match: several UIDs are separated by a comma, `\` or `\\`; an empty value matches everything. */
function valuesOf (keyword: Keyword, values: readonly string[]): string[] {
  const vr = ATTRIBUTES[keyword][1]
  const each = vr === 'UI' ? values.flatMap((value) => value.split(/,|\\+/)) : keyword === 'ModalitiesInStudy' ? values.flatMap((value) => value.split(/,|\\+|\//)) : values
  return each.map((value) => value.trim()).filter((value) => value !== '')
}

function matchesValue (keyword: Keyword, value: Value | undefined, wanted: string): boolean {
  const vr = ATTRIBUTES[keyword][1]
  const has = value === null || value === undefined ? [] : [value].flat()
  if (vr === 'UI') return has.includes(wanted)
  if (vr === 'IS' || vr === 'DS' || vr === 'US') return has.some((one) => one === Number(wanted))
  // No study has a date, so a date or a range of dates matches none.
  const pattern = wildcard(wanted, vr === 'PN')
  return has.length === 0 ? /^\*+$/.test(wanted) : has.some((one) => typeof one === 'string' && pattern.test(one))
}

/** `*` matches any text, `?` one character (PS3.4, C.2.2.2.4); names are compared case-insensitively. */
function wildcard (text: string, isName: boolean): RegExp {
  const source = text.replace(/\*+/g, '*').replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.')
  return new RegExp(`^${source}$`, isName ? 'isu' : 'su')
}

/** A name made safe for a header. */
function printable (name: string): string {
  return name.replace(/[^\x21-\x7e]|["\\]/g, '?').slice(0, 64)
}
