import type { Static, TObject } from 'typebox'
import { Type } from 'typebox'
import type { SliceFilter } from '../../catalog/slice-query.js'
import { InvalidRequest } from '../../errors.js'
import type { StudySplits } from '../../training/study-splits.js'
import { allStudyFilters, Seed, studyFilterOf } from '../studies/study-filter.js'

const MAX_SHARDS = 65_536

/** Every filter of slices, and the order they come in. */
export const sliceFilters = {
  ...allStudyFilters,
  lesion: Type.Optional(Type.Boolean({ description: 'with, or without, lesion; annotated studies only' })),
  minLesionPixels: Type.Optional(Type.Integer({ minimum: 0, description: 'lesion pixels, at least', examples: [100] })),
  minLungFraction: Type.Optional(Type.Number({ minimum: 0, maximum: 1, description: 'share of pixels within −950…−500 HU, at least', examples: [0.05] })),
  shuffle: Type.Optional(Type.Integer({ ...Seed, description: 'seed of a pseudo-random order, the same on every machine' })),
  shard: Type.Optional(Type.Integer({ minimum: 0, maximum: MAX_SHARDS - 1, description: 'which of the `shards`, from 0', examples: [0] })),
  shards: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_SHARDS, description: 'how many clients share the work', examples: [4] }))
}

type SliceFilterQuery = Static<TObject<typeof sliceFilters>>

/** @throws InvalidRequest as `studyFilterOf` */
export function sliceFilterOf (query: SliceFilterQuery, splits: StudySplits): SliceFilter {
  const { lesion, minLesionPixels, minLungFraction } = query
  return {
    studies: studyFilterOf(query, splits),
    ...(lesion !== undefined && { lesion }),
    ...(minLesionPixels !== undefined && { minLesionPixels }),
    ...(minLungFraction !== undefined && { minLungFraction })
  }
}

/** @throws InvalidRequest when one of the two is missing, or the shard is none of them */
export function shardOf ({ shard, shards }: Pick<SliceFilterQuery, 'shard' | 'shards'>): { shard: number, shards: number } {
  if (shard === undefined && shards === undefined) return { shard: 0, shards: 1 }
  if (shard === undefined) throw new InvalidRequest([{ parameter: 'shard', detail: `is missing: which of the ${shards}, from 0` }])
  if (shards === undefined) throw new InvalidRequest([{ parameter: 'shards', detail: 'is missing: how many shards there are' }])
  if (shard < shards) return { shard, shards }
  throw new InvalidRequest([{ parameter: 'shard', detail: `${shard} is not below shards, ${shards}` }])
}
