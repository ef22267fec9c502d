import type { Static, TObject } from 'typebox'
import { Type } from 'typebox'
import type { StudyFilter } from '../../catalog/study-selection.js'
import { InvalidRequest } from '../../errors.js'
import { DEFAULT_RATIOS, MAX_FOLDS, PARTS } from '../../training/splits.js'
import type { StudySplits } from '../../training/study-splits.js'
import { checkBounds } from '../../http/requests/paging.js'
import { oneOf } from '../../http/contract/schemas.js'
import { ratiosString } from '../../http/contract/texts.js'
import { studyFilters } from './study-schemas.js'

/** A seed: a whole number that every language writes the same way. */
export const Seed = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'seed: any whole number from 0', examples: [7] })

/** One part of a split, as a filter. */
const splitFilter = {
  split: Type.Optional(oneOf(PARTS, { description: 'part of the split to take studies from; the split is given by `seed` and `ratios`, or by `seed`, `folds` and `fold`', examples: ['train'] })),
  seed: Type.Optional(Type.Integer({ ...Seed, description: 'seed of the split; default: 0' })),
  ratios: Type.Optional(ratiosString({ maxLength: 64, description: `ratios of the split as train,val,test; default: ${DEFAULT_RATIOS}`, examples: ['0.8,0.1,0.1'] })),
  folds: Type.Optional(Type.Integer({ minimum: 2, maximum: MAX_FOLDS, description: 'number of folds of the split; instead of `ratios`', examples: [5] })),
  fold: Type.Optional(Type.Integer({ minimum: 0, maximum: MAX_FOLDS - 1, description: 'index of the fold, from 0 to `folds` − 1: `split=val` selects its studies, `split=train` all others', examples: [0] }))
}

/** Every filter of studies: by their facts, and by a split. */
export const allStudyFilters = { ...studyFilters, ...splitFilter }

type StudyFilterQuery = Static<TObject<typeof allStudyFilters>>

/**
 * The filter that a query asks for.
 *
 * @throws InvalidRequest for a minimum above its maximum, a category the dataset does not have, invalid ratios, or a seed
 *   without a split
 */
export function studyFilterOf (query: StudyFilterQuery, splits: StudySplits): StudyFilter {
  checkBounds(query, 'Slices', 'Spacing', 'LesionMl', 'Bytes')
  checkCategories(query.category, splits.categories)
  const ids = idsOfSplit(query, splits)
  const facts = Object.keys(studyFilters).map((name) => [name, query[name as keyof typeof studyFilters]])
  return Object.fromEntries([...facts, ['ids', ids]].filter(([, value]) => value !== undefined))
}

function checkCategories (asked: readonly string[] | undefined, known: readonly string[]): void {
  if (asked === undefined || asked.every((id) => known.includes(id))) return
  throw new InvalidRequest([{ parameter: 'category', detail: known.length === 0 ? 'this dataset has no categories' : `must be one of ${known.join(', ')}` }])
}

/** The studies of the part or fold that the query names; undefined where it names neither. */
function idsOfSplit (query: StudyFilterQuery, splits: StudySplits): readonly string[] | undefined {
  const { split, seed = 0, ratios, folds, fold } = query
  if (split === undefined) {
    for (const parameter of ['seed', 'ratios', 'folds', 'fold'] as const) {
      if (query[parameter] !== undefined) throw new InvalidRequest([{ parameter, detail: `needs split, the part: ${PARTS.join(', ')}` }])
    }
    return undefined
  }
  if (folds === undefined && fold === undefined) return splits.idsOf(split, seed, ratios ?? DEFAULT_RATIOS)
  if (folds === undefined) throw new InvalidRequest([{ parameter: 'folds', detail: 'is missing: the number of folds' }])
  if (fold === undefined) throw new InvalidRequest([{ parameter: 'fold', detail: `is missing: the index of the fold, 0 to ${folds - 1}` }])
  if (fold >= folds) throw new InvalidRequest([{ parameter: 'fold', detail: `${fold} is not below folds, ${folds}` }])
  if (ratios !== undefined) throw new InvalidRequest([{ parameter: 'ratios', detail: 'cannot be combined with folds; drop one of the two' }, { parameter: 'folds', detail: 'cannot be combined with ratios; drop one of the two' }])
  if (split === 'test') throw new InvalidRequest([{ parameter: 'split', detail: 'a fold has no test part; use train or val' }])
  return splits.idsOfFold(split, seed, folds, fold)
}
