import { LRUCache } from 'lru-cache'
import type { Catalog } from '../catalog/catalog.js'
import { InvalidRequest } from '../errors.js'
import type { Listing } from '../datasets/dataset.js'
import { parseRatios, splitByFolds, splitByRatios } from './splits.js'
import type { Part, SplitStudy } from './splits.js'

/** Splits cached: a training job asks for the same split page after page. */
const KEPT_SPLITS = 16

/** Splits of the current catalog. They cover all its studies, so that no filter moves a study to another part. */
export class StudySplits {
  private readonly known = new LRUCache<string, Map<string, Part>>({ max: KEPT_SPLITS })
  private readonly knownFolds = new LRUCache<string, Map<string, number>>({ max: KEPT_SPLITS })

  /** @param dataset the dataset's scale, and its own split if it has one */
  constructor (private readonly catalog: Catalog, private readonly dataset: Pick<Listing, 'scale' | 'folds'> = {}) {}

  /** The categories that studies may have, in order; none where the dataset has none. */
  get categories (): string[] {
    return this.dataset.scale?.grades.map(({ id }) => id) ?? []
  }

  /**
   * The dataset's own split: `folds` of its training part if it has them, else `train` and `val`; plus its `test` part.
   *
   * @throws InvalidRequest naming `splitSource` where the dataset has no split
   */
  ofDataset (): { folds?: ReadonlyArray<{ train: readonly string[], val: readonly string[] }>, parts: Map<string, Part> } {
    const parts = this.catalog.ask.partsOfDataset()
    const { folds } = this.dataset
    if (parts.size === 0 && folds === undefined) throw new InvalidRequest([{ parameter: 'splitSource', detail: 'this dataset has no published split; omit splitSource' }])
    return { ...(folds !== undefined && { folds }), parts }
  }

  /** Every study of the catalog, in order of id, whatever its status. */
  studies (): SplitStudy[] {
    return this.catalog.ask.stratifiedStudies()
  }

  /** @throws InvalidRequest naming `ratios` */
  byRatios (seed: number, ratios: string): Map<string, Part> {
    const key = `${this.catalog.generation} ${seed} ${ratios}`
    const known = this.known.get(key)
    if (known !== undefined) return known
    const split = splitByRatios(this.studies(), seed, parseRatios(ratios))
    this.known.set(key, split)
    return split
  }

  /** Which of `folds` folds validates each study. */
  byFolds (seed: number, folds: number): Map<string, number> {
    const key = `${this.catalog.generation} ${seed} ${folds}`
    const known = this.knownFolds.get(key)
    if (known !== undefined) return known
    const split = splitByFolds(this.studies(), seed, folds)
    this.knownFolds.set(key, split)
    return split
  }

  /** Ids of the studies that fold `fold` of `folds` uses for training or validation, in order. */
  idsOfFold (part: 'train' | 'val', seed: number, folds: number, fold: number): string[] {
    const foldOf = this.byFolds(seed, folds)
    return this.catalog.ask.studyIds({}).filter((id) => (foldOf.get(id) === fold) === (part === 'val'))
  }

  /** Ids of one part, in order. @throws InvalidRequest naming `ratios` */
  idsOf (part: Part, seed: number, ratios: string): string[] {
    const partOf = this.byRatios(seed, ratios)
    return this.catalog.ask.studyIds({}).filter((id) => partOf.get(id) === part)
  }
}
