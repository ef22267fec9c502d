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
    severity: Type.Integer({ minimum: 0, maximum: 4, description: 'the predicted grade', examples: [1] }),
    probabilities: Type.Optional(Type.Array(Type.Number({ minimum: 0, maximum: 1 }), { minItems: 5, maxItems: 5, description: 'of the grades 0 to 4, which sum to 1; of all studies or of none', examples: [[0.1, 0.7, 0.1, 0.05, 0.05]] })),
    score: Type.Optional(Type.Number({ description: 'higher is sicker; of all studies or of none', examples: [0.31] }))
  }, { additionalProperties: false }), { description: 'one for each study' }),
  missing: oneOf(MISSING, { default: 'error', description: 'what a target study without a prediction is: an error, or left out and counted', examples: ['exclude'] }),
  resamples: Type.Integer({ minimum: 0, maximum: MAX_RESAMPLES, default: DEFAULT_RESAMPLES, description: 'of the bootstrap' }),
  bootstrapSeed: Type.Integer({ minimum: 0, maximum: 2 ** 53, default: 0, description: 'which resamples are drawn' }),
  bins: Type.Integer({ minimum: 1, maximum: MAX_BINS, default: DEFAULT_BINS, description: 'of the reliability diagram' })
}, { additionalProperties: false, $id: 'SeverityRequest' })

const share = (description: string) => nullable(Type.Number({ description, examples: [0.25] }))
const count = (description: string) => Type.Integer({ description, examples: [12] })

export const ReliabilityBin = Type.Object({
  from: Type.Number({ examples: [0.2] }),
  to: Type.Number({ examples: [0.3] }),
  n: count('studies in it'),
  meanPredicted: share('mean probability'),
  observed: share('share that is positive'),
  low: share('of its Wilson interval'),
  high: share('of its Wilson interval')
}, { $id: 'ReliabilityBin', description: 'One bin of a reliability diagram; null where it is empty.' })

export const Triage = Type.Object({
  threshold: Type.Integer({ description: 'positive: severity of this or more', examples: [2] }),
  tp: count('sick and called sick'),
  fp: count('not sick and called sick'),
  tn: count('not sick and not called sick'),
  fn: count('sick and not called sick'),
  sensitivity: figure('tp / (tp + fn)'),
  specificity: figure('tn / (tn + fp)'),
  ppv: figure('tp / (tp + fp)'),
  npv: figure('tn / (tn + fn)'),
  auc: optionalFigure('area under the ROC curve; with probabilities or scores'),
  averagePrecision: optionalFigure('with probabilities or scores'),
  brier: optionalFigure('with probabilities'),
  ece: optionalFigure('expected calibration error; with probabilities'),
  roc: Type.Optional(Type.Array(Type.Array(nullable(Type.Number())), { description: 'false positive rate, true positive rate, threshold; null: nothing is called positive', examples: [[[0, 0, null], [0.1, 0.6, 0.8], [1, 1, 0.1]]] })),
  reliability: Type.Optional(Type.Array(Type.Ref('ReliabilityBin')))
}, { $id: 'Triage', description: 'The algorithm as a test for a severity or more.' })

export const GradeFigures = Type.Object({
  category: Type.String({ examples: ['CT-1'] }),
  support: count('studies of this grade'),
  predicted: count('studies predicted to be'),
  precision: figure('of these, share that is'),
  recall: figure('of the grade, share that was found'),
  f1: figure('2tp / (2tp + fp + fn)')
}, { $id: 'GradeFigures', description: 'How one grade was recognised.' })

export const SeverityFigures = Type.Object({
  qwk: figure('quadratically weighted kappa'),
  kappaLinear: figure('linearly weighted kappa'),
  accuracy: figure('share that is right'),
  balancedAccuracy: figure('mean recall over the grades present'),
  macroF1: figure('mean F1 over the grades present'),
  mae: figure('mean error in grades'),
  withinOne: figure('share that is one off at most'),
  spearman: figure('rank correlation'),
  rps: optionalFigure('ranked probability score; with probabilities'),
  present: Type.Array(Type.String(), { description: 'grades that occur in the reference', examples: [['CT-0', 'CT-1']] }),
  confusion: Type.Array(Type.Array(Type.Integer()), { description: 'rows reference, columns predicted', examples: [[[2, 0, 0, 0, 0], [1, 5, 0, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]]] }),
  classes: Type.Array(Type.Ref('GradeFigures'))
}, { $id: 'SeverityFigures', description: 'How grades agree.' })

export const RecallAt = Type.Object({
  share: Type.Number({ description: 'of the worklist', examples: [0.1] }),
  severity: Type.Integer({ description: 'or more', examples: [3] }),
  recall: figure('share of such studies within it')
}, { $id: 'RecallAt', description: 'How many of the severe are among the first.' })

export const MissedStudy = Type.Object({
  study: Type.String({ examples: ['study_0004'] }),
  category: Type.String({ examples: ['CT-1'] }),
  severity: Type.Integer({ examples: [1] }),
  predicted: Type.Integer({ examples: [0] })
}, { $id: 'MissedStudy', description: 'A study with findings that was called free of them.' })

export const SeverityScore = Type.Object({
  target: Type.Object({ studies: count('in the target'), hash: targetHash, filters }),
  flow: Type.Object({
    catalogued: count('studies of the catalog'),
    targeted: count('of these in the target'),
    predicted: count('rows sent'),
    missing: count('target studies without one'),
    scored: count('target studies with one')
  }),
  severity: Type.Ref('SeverityFigures'),
  triage: Type.Array(Type.Ref('Triage'), { description: 'thresholds 1 to 4' }),
  worklist: Type.Object({ recallAt: Type.Array(Type.Ref('RecallAt')), meanRankPercentile: figure('of severity 2 or more: mean rank / n') }),
  missed: Type.Array(Type.Ref('MissedStudy'), { description: 'the worst first, at most 100' }),
  missedTotal: count('missed studies in all'),
  definitions,
  intervals,
  caveats
}, { $id: 'SeverityScore', description: 'What grades, probabilities and scores are worth.' })

/** In order: a schema comes after those it refers to. */
export const SEVERITY_SCHEMAS = [ReliabilityBin, Triage, GradeFigures, SeverityFigures, RecallAt, MissedStudy, SeverityScore, SeverityRequest]
