import { LRUCache } from 'lru-cache'
import type { ReferenceStudy } from '../../catalog/study-query.js'
import { MaskNotFound, TargetsDiffer, VolumeMissing, VolumeUnreadable } from '../../errors.js'
import type { MaskScoring } from '../scoring/mask-scoring.js'
import type { ScorePool } from '../scoring/score-pool.js'
import type { ScoredMask } from '../scoring/score-tasks.js'
import type { SeverityAnswer, SeverityRequest, SeverityScoring } from '../scoring/severity-scoring.js'
import { casesOf } from '../severity/predictions.js'
import type { ScoredCase } from '../severity/scored-case.js'
import { DEFAULT_RESAMPLES } from '../statistics/bootstrap.js'
import type { Aggregates } from './aggregates.js'
import { caseOf, emptyCase } from './case-metrics.js'
import type { CaseMetrics } from './case-metrics.js'
import { compareGrades } from './comparison.js'
import type { McNemar, MetricDifference } from './comparison.js'
import type { PairedAuc } from '../statistics/delong.js'
import type { RunStore, RunSummary } from './run-store.js'
import { gradedStudies } from './target.js'

/** The bootstrap of every run: fixed, so that the intervals of two runs come from the same resamples. */
export const RUN_PLAN = { resamples: DEFAULT_RESAMPLES, seed: 0 } as const

/** Whether a study has a lesion that counts; cached by its mask's hash and the least size. */
const KEPT_EMPTY = 4_096

export interface RunReport { run: RunSummary, aggregates: Aggregates, cases: CaseMetrics[], severity: SeverityAnswer | null }

export interface RunComparison {
  a: RunSummary
  b: RunSummary
  metrics: Record<string, MetricDifference>
  auc: (PairedAuc & { threshold: number })[]
  mcnemar: McNemar[]
  /** studies that both runs graded */
  graded: number
}

/** Runs of algorithms over a target: masks and grades are scored on arrival, and the scores are kept. */
export class Evaluations {
  private readonly empty = new LRUCache<string, CaseMetrics>({ max: KEPT_EMPTY })

  constructor (
    readonly store: RunStore, private readonly masks: MaskScoring,
    private readonly severity: SeverityScoring, private readonly pool: ScorePool
  ) {}

  /**
   * Score a predicted mask and keep the score, replacing an earlier one; the mask is not kept.
   *
   * @throws EvaluationNotFound; MaskNotFound for a study outside the target; TargetsDiffer where the reference changed after
   *   the run was created; as MaskScoring.score
   */
  async putMask (id: string, studyId: string, file: Uint8Array, signal?: AbortSignal): Promise<ScoredMask> {
    const run = this.store.run(id)
    const known = run.target.find((study) => study.id === studyId)?.mask ?? null
    if (known === null) throw new MaskNotFound(studyId, `Study ${studyId} is not an annotated study of this evaluation's target; GET /v1/evaluations/${id}.json lists them.`)
    if (this.masks.reference(studyId).record.sha256 !== known.sha256) {
      throw new TargetsDiffer(`The mask of ${studyId} has changed since this evaluation was created; create a new one.`)
    }
    const score = await this.masks.score(studyId, file, run, signal)
    this.store.run(id) // it may have been removed meanwhile
    this.store.keep(run, caseOf(studyId, 'scored', score))
    return score
  }

  /** Score grades over all studies of the run's filters, and keep both. @throws EvaluationNotFound; as SeverityScoring.score */
  async putGrades (id: string, request: SeverityRequest, signal?: AbortSignal): Promise<SeverityAnswer> {
    const { target, targetHash, filters } = this.store.run(id)
    const answer = await this.severity.score({ studies: target, hash: targetHash, filters }, request, signal)
    this.store.run(id) // it may have been removed meanwhile
    this.store.keepGrades(id, request, answer)
    return answer
  }

  /** All results of a run. @throws EvaluationNotFound, Overloaded, ClientGone */
  async report (id: string, signal?: AbortSignal): Promise<RunReport> {
    const run = this.store.run(id)
    const cases = await this.casesOf(run, signal)
    const aggregates = await this.pool.run('aggregates', () => ({ rows: cases, plan: RUN_PLAN }), signal)
    return { run, aggregates, cases, severity: this.store.grades(id)?.answer ?? null }
  }

  /** The table of a run: all annotated target studies, in id order; a missing mask's row is that of an empty one. */
  async casesOf (run: RunSummary, signal?: AbortSignal): Promise<CaseMetrics[]> {
    const rows = this.store.rows(run.id)
    const cases: CaseMetrics[] = []
    for (const study of run.target) {
      if (study.mask !== null) cases.push(rows.get(study.id) ?? await this.missing(study, study.mask, run, signal))
    }
    return cases
  }

  /**
   * Two runs over the same studies, compared study by study.
   *
   * @throws EvaluationNotFound, TargetsDiffer, Overloaded, ClientGone
   */
  async compare (idA: string, idB: string, signal?: AbortSignal): Promise<RunComparison> {
    const [a, b] = [this.store.run(idA), this.store.run(idB)]
    if (a.targetHash !== b.targetHash) throw new TargetsDiffer(`The two evaluations have different targets: ${a.target.length} and ${b.target.length} studies, or other masks or definitions; only evaluations with equal target.hash can be compared.`)
    for (const [what, unit] of [['toleranceMm', 'mm'], ['minLesionMl', 'mL']] as const) {
      if (a[what] !== b[what]) throw new TargetsDiffer(`The two evaluations were scored differently: ${what} is ${a[what]} ${unit} in one and ${b[what]} ${unit} in the other.`)
    }
    const [casesA, casesB] = [await this.casesOf(a, signal), await this.casesOf(b, signal)]
    const metrics = await this.pool.run('comparison', () => ({ a: casesA, b: casesB, plan: RUN_PLAN }), signal)
    const [gradesA, gradesB] = [this.gradedCases(a), this.gradedCases(b)]
    const both = gradesA.filter(({ id }) => gradesB.some((other) => other.id === id))
    const ids = new Set(both.map(({ id }) => id))
    const grades = ids.size === 0 ? { auc: [], mcnemar: [] } : compareGrades(both, gradesB.filter(({ id }) => ids.has(id)))
    return { a, b, metrics, ...grades, graded: ids.size }
  }

  private gradedCases ({ id, target }: RunSummary): ScoredCase[] {
    const grades = this.store.grades(id)
    return grades === null ? [] : casesOf(grades.request.predictions, gradedStudies(target), 'exclude', () => true)
  }

  /** The row of an empty mask. Reads the reference only where small lesions are ignored. */
  private async missing ({ id }: ReferenceStudy, mask: NonNullable<ReferenceStudy['mask']>, { toleranceMm, minLesionMl }: RunSummary, signal?: AbortSignal): Promise<CaseMetrics> {
    if (minLesionMl === 0) return emptyCase(id, mask)
    const key = `${mask.sha256} ${minLesionMl}`
    const known = this.empty.get(key)
    if (known !== undefined) return { ...known, study: id }
    try {
      const row = caseOf(id, 'missing', await this.masks.score(id, null, { toleranceMm, minLesionMl }, signal))
      this.empty.set(key, row)
      return row
    } catch (error) {
      if (error instanceof VolumeMissing || error instanceof VolumeUnreadable) return emptyCase(id, mask)
      throw error
    }
  }
}
