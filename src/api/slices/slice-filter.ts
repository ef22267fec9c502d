import type { Static, TObject } from 'typebox'
import { Type } from 'typebox'
import type { SliceFilter } from '../../catalog/slice-query.js'
import type { Catalog } from '../../catalog/catalog.js'
import { InvalidRequest, StudyNotFound } from '../../errors.js'
import { BALANCES } from '../../training/balance.js'
import { seedText } from '../../training/seed.js'
import type { StudySplits } from '../../training/study-splits.js'
import { oneOf } from '../../http/contract/schemas.js'
import { allStudyFilters, Seed, studyFilterOf } from '../studies/study-filter.js'

const MAX_SHARDS = 65_536

/** Every filter of slices, and their order. */
export const sliceFilters = {
  ...allStudyFilters,
  study: Type.Optional(Type.Array(Type.String(), { minItems: 1, maxItems: 256, description: 'ids of the studies to take slices from; repeated or comma-separated', examples: [['study_0010']] })),
  lesion: Type.Optional(Type.Boolean({ description: 'true: slices with lesion; false: slices without; both of annotated studies only' })),
  minLesionPixels: Type.Optional(Type.Integer({ minimum: 0, description: 'least number of lesion pixels', examples: [100] })),
  minLabelPixels: Type.Optional(Type.String({ pattern: '^.+:\\d{1,9}$', maxLength: 256, description: 'least number of pixels of a label, as `{name}:{n}`', examples: ['tumour:50'] })),
  minLungFraction: Type.Optional(Type.Number({ minimum: 0, maximum: 1, description: 'least share of pixels within −950…−500 HU', examples: [0.05] })),
  shuffle: Type.Optional(Type.Integer({ ...Seed, description: 'seed of a pseudo-random order that is the same on every machine' })),
  epoch: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'with `shuffle`: number of the epoch, from 0; from epoch 1 on the seed is `"{seed}.{epoch}"`', examples: [3] })),
  balance: Type.Optional(oneOf(BALANCES, { description: 'with `shuffle`: groups to draw from in equal shares; `category`: each category; `lesion`: slices with and without lesion (annotated studies only). As many slices as match are drawn, so slices of small groups repeat', examples: ['category'] })),
  shard: Type.Optional(Type.Integer({ minimum: 0, maximum: MAX_SHARDS - 1, description: 'index of the shard, from 0 to `shards` − 1', examples: [0] })),
  shards: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_SHARDS, description: 'number of shards, one per client', examples: [4] }))
}

type SliceFilterQuery = Static<TObject<typeof sliceFilters>>

/** @throws InvalidRequest as `studyFilterOf`; StudyNotFound for an id that is not in the catalog */
export function sliceFilterOf (query: SliceFilterQuery, catalog: Catalog, splits: StudySplits): SliceFilter {
  const { lesion, minLesionPixels, minLungFraction, minLabelPixels, study } = query
  const studies = studyFilterOf(query, splits)
  for (const id of study ?? []) if (catalog.study(id) === undefined) throw new StudyNotFound(id)
  const ids = study === undefined ? undefined : studies.ids === undefined ? study : studies.ids.filter((id) => study.includes(id))
  return {
    studies: { ...studies, ...(ids !== undefined && { ids }) },
    ...(lesion !== undefined && { lesion }),
    ...(minLesionPixels !== undefined && { minLesionPixels }),
    ...(minLungFraction !== undefined && { minLungFraction }),
    ...(minLabelPixels !== undefined && { minLabelPixels })
  }
}

/** @throws InvalidRequest when only one of the two is given, or `shard` is not below `shards` */
export function shardOf ({ shard, shards }: Pick<SliceFilterQuery, 'shard' | 'shards'>): { shard: number, shards: number } {
  if (shard === undefined && shards === undefined) return { shard: 0, shards: 1 }
  if (shard === undefined) throw new InvalidRequest([{ parameter: 'shard', detail: `is missing: the index of the shard, 0 to ${shards! - 1}` }])
  if (shards === undefined) throw new InvalidRequest([{ parameter: 'shards', detail: 'is missing: the number of shards' }])
  if (shard < shards) return { shard, shards }
  throw new InvalidRequest([{ parameter: 'shard', detail: `${shard} is not below shards, ${shards}` }])
}

/** @throws InvalidRequest for an epoch or a balance without a shuffle */
export function orderOf ({ shuffle, epoch, balance }: Pick<SliceFilterQuery, 'shuffle' | 'epoch' | 'balance'>) {
  if (shuffle !== undefined) return { shuffle: seedText(shuffle, epoch), balance }
  if (epoch !== undefined) throw new InvalidRequest([{ parameter: 'epoch', detail: 'needs shuffle, the seed of the order' }])
  if (balance !== undefined) throw new InvalidRequest([{ parameter: 'balance', detail: 'needs shuffle, the seed of the draw' }])
  return { shuffle: undefined, balance: undefined }
}
