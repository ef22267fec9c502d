import { Type } from 'typebox'
import { DEFAULT_BINS, MAX_BINS } from '../../evaluation/severity/calibration.js'
import { MISSING } from '../../evaluation/severity/predictions.js'
import { DEFAULT_RESAMPLES, MAX_RESAMPLES } from '../../evaluation/statistics/bootstrap.js'
import { nullable, oneOf } from '../../http/contract/schemas.js'
import { caveats, definitions, figure, filters, intervals, optionalFigure, targetHash } from './figure-schemas.js'

/** Grades given by an algorithm. */
export const SeverityRequest = Type.Object({
  predictions: Type.Array(Type.Object({
    study: Type.String({ examples: ['study_0004'] }),
    severity: Type.Integer({ minimum: 0, maximum: 4, description: 'predicted grade', examples: [1] }),
    probabilities: Type.Optional(Type.Array(Type.Number({ minimum: 0, maximum: 1 }), { minItems: 5, maxItems: 5, description: 'probabilities of the grades 0 to 4, with a sum of 1; for all studies or for none', examples: [[0.1, 0.7, 0.1, 0.05, 0.05]] })),
    score: Type.Optional(Type.Number({ description: 'severity score, higher for sicker; for all studies or for none', examples: [0.31] }))
  }, { additionalProperties: false }), { description: 'one prediction per study' }),
  missing: oneOf(MISSING, { default: 'error', description: 'treatment of a target study without a prediction: `error` refuses the request, `exclude` leaves the study out and counts it', examples: ['exclude'] }),
  resamples: Type.Integer({ minimum: 0, maximum: MAX_RESAMPLES, default: DEFAULT_RESAMPLES, description: 'number of bootstrap resamples' }),
  bootstrapSeed: Type.Integer({ minimum: 0, maximum: 2 ** 53, default: 0, description: 'seed of the bootstrap' }),
  bins: Type.Integer({ minimum: 1, maximum: MAX_BINS, default: DEFAULT_BINS, description: 'number of bins of the reliability diagram' })
}, { additionalProperties: false, $id: 'SeverityRequest' })

const share = (description: string) => nullable(Type.Number({ description, examples: [0.25] }))
const count = (description: string) => Type.Integer({ description, examples: [12] })

export const ReliabilityBin = Type.Object({
  from: Type.Number({ examples: [0.2] }),
  to: Type.Number({ examples: [0.3] }),
  n: count('number of studies in the bin'),
  meanPredicted: share('mean predicted probability'),
  observed: share('share of positive studies'),
  low: share('lower end of the Wilson interval of `observed`'),
  high: share('upper end of the Wilson interval of `observed`')
}, { $id: 'ReliabilityBin', description: 'One bin of a reliability diagram. The values of an empty bin are null.' })

export const Triage = Type.Object({
  threshold: Type.Integer({ description: 'least severity that counts as positive', examples: [2] }),
  tp: count('positive studies predicted positive'),
  fp: count('negative studies predicted positive'),
  tn: count('negative studies predicted negative'),
  fn: count('positive studies predicted negative'),
  sensitivity: figure('tp / (tp + fn)'),
  specificity: figure('tn / (tn + fp)'),
  ppv: figure('tp / (tp + fp)'),
  npv: figure('tn / (tn + fn)'),
  auc: optionalFigure('area under the ROC curve; needs probabilities or scores'),
  averagePrecision: optionalFigure('average precision; needs probabilities or scores'),
  brier: optionalFigure('Brier score; needs probabilities'),
  ece: optionalFigure('expected calibration error; needs probabilities'),
  roc: Type.Optional(Type.Array(Type.Array(nullable(Type.Number())), { description: 'points of the curve: false positive rate, true positive rate, threshold (null: no study is predicted positive)', examples: [[[0, 0, null], [0.1, 0.6, 0.8], [1, 1, 0.1]]] })),
  reliability: Type.Optional(Type.Array(Type.Ref('ReliabilityBin')))
}, { $id: 'Triage', description: 'The algorithm as a binary test: severity at or above a threshold.' })

export const GradeFigures = Type.Object({
  category: Type.String({ examples: ['CT-1'] }),
  support: count('studies of this grade'),
  predicted: count('studies predicted as this grade'),
  precision: figure('share of the predicted studies that have this grade'),
  recall: figure('share of the studies of this grade that were predicted as it'),
  f1: figure('2tp / (2tp + fp + fn)')
}, { $id: 'GradeFigures', description: 'How well one grade was recognised.' })

export const SeverityFigures = Type.Object({
  qwk: figure('quadratically weighted kappa'),
  kappaLinear: figure('linearly weighted kappa'),
  accuracy: figure('share of studies with the right grade'),
  balancedAccuracy: figure('mean recall over the grades present'),
  macroF1: figure('mean F1 over the grades present'),
  mae: figure('mean absolute error in grades'),
  withinOne: figure('share of studies at most one grade off'),
  spearman: figure('Spearman\'s rank correlation'),
  rps: optionalFigure('ranked probability score; needs probabilities'),
  present: Type.Array(Type.String(), { description: 'grades that occur in the reference', examples: [['CT-0', 'CT-1']] }),
  confusion: Type.Array(Type.Array(Type.Integer()), { description: 'confusion matrix: one row per reference grade, one column per predicted grade', examples: [[[2, 0, 0, 0, 0], [1, 5, 0, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]]] }),
  classes: Type.Array(Type.Ref('GradeFigures'))
}, { $id: 'SeverityFigures', description: 'Agreement of predicted and reference grades.' })

export const RecallAt = Type.Object({
  share: Type.Number({ description: 'share of the worklist that is read', examples: [0.1] }),
  severity: Type.Integer({ description: 'least severity of the studies to find', examples: [3] }),
  recall: figure('share of those studies within that part of the worklist')
}, { $id: 'RecallAt', description: 'The share of severe studies at the head of the worklist.' })

export const MissedStudy = Type.Object({
  study: Type.String({ examples: ['study_0004'] }),
  category: Type.String({ examples: ['CT-1'] }),
  severity: Type.Integer({ examples: [1] }),
  predicted: Type.Integer({ examples: [0] })
}, { $id: 'MissedStudy', description: 'A study with findings that was predicted to have none.' })

export const SeverityScore = Type.Object({
  target: Type.Object({ studies: count('number of studies in the target'), hash: targetHash, filters }),
  flow: Type.Object({
    catalogued: count('number of studies in the catalog'),
    targeted: count('studies that match the filters: the target'),
    predicted: count('number of predictions received'),
    missing: count('target studies without a prediction'),
    scored: count('target studies with a prediction')
  }),
  severity: Type.Ref('SeverityFigures'),
  triage: Type.Array(Type.Ref('Triage'), { description: 'one entry per threshold, 1 to 4' }),
  worklist: Type.Object({ recallAt: Type.Array(Type.Ref('RecallAt')), meanRankPercentile: figure('mean rank / n of the studies of severity 2 or more') }),
  missed: Type.Array(Type.Ref('MissedStudy'), { description: 'missed studies, the worst first; at most 100' }),
  missedTotal: count('number of missed studies, listed or not'),
  definitions,
  intervals,
  caveats
}, { $id: 'SeverityScore', description: 'The quality of predicted grades, probabilities and scores.' })

/** In order: a schema comes after those it refers to. */
export const SEVERITY_SCHEMAS = [ReliabilityBin, Triage, GradeFigures, SeverityFigures, RecallAt, MissedStudy, SeverityScore, SeverityRequest]
