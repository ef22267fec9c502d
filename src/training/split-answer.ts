import { createHash } from 'node:crypto'
import { DEFAULT_RATIOS, PARTS, parseRatios } from './splits.js'
import type { Part, Ratios } from './splits.js'
import type { StudySplits } from './study-splits.js'

/** Ids of the studies of each part, in order. */
export type SplitParts = Partial<Record<Part, string[]>>

/** One fold of a cross-validation: ids in order. */
export interface Fold { train: string[], val: string[] }

/** Parts, or folds, with `test` where the dataset keeps studies out of all folds. */
export type Split = SplitParts & { folds?: Fold[] }

/** By ratios, where neither folds nor the dataset's own split is asked for. */
export interface SplitRequest { seed?: number, ratios?: string, folds?: number, source?: 'seed' | 'dataset' }

/**
 * The split of these studies, its hash, and a warning for each part that was asked for and is empty.
 *
 * @param selected ids, in order; a study keeps the part that it has in the split of all studies
 * @throws InvalidRequest naming `ratios`, or `splitSource` where the dataset has no split of its own
 */
export function splitOf (splits: StudySplits, selected: readonly string[], { seed = 0, ratios = DEFAULT_RATIOS, folds, source = 'seed' }: SplitRequest): Split & { hash: string, warnings?: string[] } {
  const split = source === 'dataset'
    ? ownSplit(selected, splits.ofDataset())
    : folds === undefined ? inParts(selected, splits.byRatios(seed, ratios)) : { folds: inFolds(selected, splits.byFolds(seed, folds), folds) }
  const warnings = source === 'dataset' ? [] : emptyParts(split, parseRatios(ratios))
  return { ...split, hash: splitHash(split), ...(warnings.length > 0 && { warnings }) }
}

/** The selected studies of each part. */
export function inParts (selected: readonly string[], partOf: ReadonlyMap<string, Part>): Record<Part, string[]> {
  const parts: Record<Part, string[]> = { train: [], val: [], test: [] }
  for (const id of selected) {
    const part = partOf.get(id)
    if (part !== undefined) parts[part].push(id)
  }
  return parts
}

/** The selected studies of `count` folds: each validates with its own studies and trains with all others. */
export function inFolds (selected: readonly string[], foldOf: ReadonlyMap<string, number>, count: number): Fold[] {
  const of = selected.map((id) => foldOf.get(id))
  return Array.from({ length: count }, (_, fold) => ({
    train: selected.filter((_id, n) => of[n] !== fold),
    val: selected.filter((_id, n) => of[n] === fold)
  }))
}

/** The dataset's own folds with its test part, or its own parts. */
function ownSplit (selected: readonly string[], { folds, parts }: ReturnType<StudySplits['ofDataset']>): Split {
  const own = inParts(selected, parts)
  if (folds === undefined) return own
  const only = (ids: readonly string[]) => {
    const wanted = new Set(ids)
    return selected.filter((id) => wanted.has(id))
  }
  return { folds: folds.map(({ train, val }) => ({ train: only(train), val: only(val) })), test: own.test }
}

/** Hex SHA-256 of the split as JSON without spaces. */
export function splitHash (split: Split): string {
  return createHash('sha256').update(JSON.stringify(split)).digest('hex')
}

/** A sentence for each requested part (a ratio above 0, or a fold) that has no study. */
export function emptyParts ({ folds, ...parts }: Split, ratios: Ratios): string[] {
  if (folds !== undefined) {
    return folds.flatMap((fold, n) => (['train', 'val'] as const).filter((part) => fold[part].length === 0).map((part) => `folds.${n}: ${part} is empty; use fewer folds or other filters`))
  }
  return PARTS.filter((part, n) => parts[part]?.length === 0 && ratios.parts[n]! > 0n)
    .map((part) => `${part} is empty: there are too few studies for its ratio; use another seed, other ratios or other filters`)
}
