import type { Static, TObject } from 'typebox'
import { Type } from 'typebox'
import type { StudyFilter } from '../../catalog/study-query.js'
import { InvalidRequest } from '../../errors.js'
import { DEFAULT_RATIOS, PARTS } from '../../training/splits.js'
import type { StudySplits } from '../../training/study-splits.js'
import { checkBounds } from '../../http/requests/paging.js'
import { oneOf } from '../../http/contract/schemas.js'
import { studyFilters } from './study-schemas.js'

/** A seed: whole numbers that every language writes the same. */
export const Seed = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'any whole number', examples: [7] })

/** One part of a split, as a filter. */
const splitFilter = {
  split: Type.Optional(oneOf(PARTS, { description: 'only the studies of this part of the split that `seed` and `ratios` make', examples: ['train'] })),
  seed: Type.Optional(Type.Integer({ ...Seed, description: 'of the split; default 0' })),
  ratios: Type.Optional(Type.String({ maxLength: 64, description: `of the split: train, val, test; default ${DEFAULT_RATIOS}`, examples: ['0.8,0.1,0.1'] }))
}

/** Every filter of studies: by their facts, and by a split. */
export const allStudyFilters = { ...studyFilters, ...splitFilter }

type StudyFilterQuery = Static<TObject<typeof allStudyFilters>>

/**
 * The filter that a query asks for.
 *
 * @throws InvalidRequest for a minimum above its maximum, ratios that are none, or a seed of no split
 */
export function studyFilterOf (query: StudyFilterQuery, splits: StudySplits): StudyFilter {
  checkBounds(query, 'Slices', 'LesionMl')
  const { category, annotated, status, minSlices, maxSlices, minLesionMl, maxLesionMl, split, seed, ratios } = query
  if (split === undefined) {
    for (const parameter of ['seed', 'ratios'] as const) {
      if (query[parameter] !== undefined) throw new InvalidRequest([{ parameter, detail: `is of a split; say which part: split=${PARTS.join(', ')}` }])
    }
  }
  const ids = split === undefined ? undefined : splits.idsOf(split, seed ?? 0, ratios ?? DEFAULT_RATIOS)
  const filter = { category, annotated, status, minSlices, maxSlices, minLesionMl, maxLesionMl, ids }
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined))
}
