import type { StudyList } from '../api/answers.js'
import { fetchJson } from '../api/client.js'

/** The most a page of the list holds. */
const PAGE = 1000

/** The studies before and after one, in a cohort's order. */
export interface Neighbours { readonly previous: string | undefined, readonly next: string | undefined, readonly place: number, readonly total: number }

const lists = new Map<string, Promise<string[]>>()

/**
 * What comes before and after a study.
 *
 * @param cohort filters and order as `GET /v1/studies` takes them; empty: every study, by id
 * @returns      undefined where the study is not in the cohort
 */
export async function neighboursOf (id: string, cohort: string): Promise<Neighbours | undefined> {
  const list = lists.get(cohort) ?? idsOf(cohort)
  lists.clear()
  lists.set(cohort, list)
  const ids = await list.catch((error: Error) => { lists.delete(cohort); throw error })
  const place = ids.indexOf(id)
  return place < 0 ? undefined : { previous: ids[place - 1], next: ids[place + 1], place, total: ids.length }
}

async function idsOf (cohort: string): Promise<string[]> {
  const ids: string[] = []
  const query = Object.fromEntries(new URLSearchParams(cohort))
  let cursor: string | null = null
  do {
    const page: StudyList = await fetchJson<StudyList>('v1/studies', { ...query, limit: PAGE, cursor })
    ids.push(...page.items.map(({ id }) => id))
    cursor = page.nextCursor
  } while (cursor !== null)
  return ids
}
