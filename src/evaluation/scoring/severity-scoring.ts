import type { Catalog } from '../../catalog/catalog.js'
import { InvalidRequest } from '../../errors.js'
import type { Scale } from '../../datasets/dataset.js'
import { gradedStudies } from '../runs/target.js'
import type { Target } from '../runs/target.js'
import { DEFAULT_BINS } from '../severity/calibration.js'
import { severityCaveats } from '../severity/caveats.js'
import { SEVERITY_DEFINITIONS } from '../severity/definitions.js'
import { casesOf } from '../severity/predictions.js'
import type { Missing, PredictedGrade } from '../severity/predictions.js'
import type { SeverityScore } from '../severity/severity-score.js'
import { DEFAULT_RESAMPLES } from '../statistics/bootstrap.js'
import { LEVEL } from '../statistics/figure.js'
import type { ScorePool } from './score-pool.js'

/** Grades of an algorithm, and how to score them. */
export interface SeverityRequest { predictions: PredictedGrade[], missing?: Missing, resamples?: number, bootstrapSeed?: number, bins?: number }

/** The number of studies left at each step from the catalog to the score, as STARD requires. */
export interface StudyFlow { catalogued: number, targeted: number, predicted: number, missing: number, scored: number }

export interface SeverityAnswer extends SeverityScore {
  target: { studies: number, hash: string, filters: Record<string, string> }
  flow: StudyFlow
  definitions: typeof SEVERITY_DEFINITIONS
  intervals: { level: number, resamples: number, seed: number }
  caveats: string[]
}

/** Scores grades against the dataset's. Nothing is kept. */
export class SeverityScoring {
  /** of the dataset's categories, from the mildest; none where it has none */
  readonly gradeNames: readonly string[]
  private readonly caveat: string | undefined

  constructor (private readonly catalog: Catalog, private readonly pool: ScorePool, scale: Scale | undefined) {
    this.gradeNames = scale?.grades.map(({ id }) => id) ?? []
    this.caveat = scale?.caveat
  }

  /** @throws InvalidRequest naming rows or studies; Overloaded, ClientGone */
  async score (target: Target, { predictions, missing = 'error', resamples = DEFAULT_RESAMPLES, bootstrapSeed = 0, bins = DEFAULT_BINS }: SeverityRequest, signal?: AbortSignal): Promise<SeverityAnswer> {
    if (this.gradeNames.length === 0) throw new InvalidRequest([{ parameter: 'predictions', detail: 'cannot be scored: this dataset has no categories, so no study has a severity' }])
    const catalogued = new Set(this.catalog.ask.studyIds({}))
    const graded = gradedStudies(target.studies)
    const cases = casesOf(predictions, graded, missing, (id) => catalogued.has(id))
    const score = await this.pool.run('severity', () => ({ cases, bins, plan: { resamples, seed: bootstrapSeed }, names: this.gradeNames }), signal)
    const without = graded.length - cases.length
    return {
      target: { studies: graded.length, hash: target.hash, filters: target.filters },
      flow: { catalogued: catalogued.size, targeted: graded.length, predicted: predictions.length, missing: without, scored: cases.length },
      ...score,
      definitions: SEVERITY_DEFINITIONS,
      intervals: { level: LEVEL, resamples, seed: bootstrapSeed },
      caveats: severityCaveats(score, without, this.gradeNames.length, this.caveat)
    }
  }
}
