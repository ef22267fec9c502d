import { Type } from 'typebox'
import { MASK_METRICS } from '../../evaluation/runs/case-metrics.js'
import { RUN_SORTS } from '../../evaluation/runs/run-store.js'
import { nullable, oneOf } from '../../http/contract/schemas.js'
import { caveats, definitions, figure, filters, intervals, targetHash } from './figure-schemas.js'
import { maskSettings } from './mask-schemas.js'

const text = (maxLength: number, description: string, example: string) => Type.String({ maxLength, description, examples: [example] })
const count = (description: string) => Type.Integer({ description, examples: [12] })
const number = (description: string) => nullable(Type.Number({ description, examples: [0.71] }))

export const EvaluationRequest = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 200, description: 'display name of the evaluation', examples: ['U-Net, fold 0'] }),
  algorithm: Type.Optional(text(200, 'name of the algorithm', 'unet')),
  version: Type.Optional(text(200, 'version of the algorithm', '1.2.0')),
  note: Type.Optional(text(10_000, 'free text', 'trained on train, seed 7')),
  ...maskSettings
}, { additionalProperties: false, $id: 'EvaluationRequest' })

const runFacts = {
  id: Type.String({ examples: ['3f1c0d9e8b7a6f54'] }),
  created: Type.String({ description: 'time of creation (RFC 3339)', examples: ['2026-11-26T02:24:44.000Z'] }),
  name: Type.String({ examples: ['U-Net, fold 0'] }),
  algorithm: nullable(Type.String({ examples: ['unet'] })),
  version: nullable(Type.String({ examples: ['1.2.0'] })),
  note: nullable(Type.String({ examples: ['trained on train, seed 7'] })),
  tolerance: Type.Number({ description: 'tolerance of the surface Dice in mm', examples: [3] }),
  minLesionMl: Type.Number({ description: 'least lesion volume in mL: smaller lesions are ignored in the reference and in the prediction', examples: [0] }),
  target: Type.Object({ studies: count('studies of the target with a grade'), annotated: count('studies of the target with a reference mask'), hash: targetHash, filters }),
  scored: count('number of predicted masks received'),
  missing: count('annotated studies without a predicted mask'),
  dice: number('mean Dice over the annotated target studies; a missing mask counts as an empty mask'),
  graded: Type.Boolean({ description: 'whether predicted severities were received' })
}

export const Evaluation = Type.Object(runFacts, { $id: 'Evaluation', description: 'A run of an algorithm on a target. Two runs can be compared if their `target.hash`, `tolerance` and `minLesionMl` are equal.' })

export const EvaluationList = Type.Object({
  items: Type.Array(Type.Ref('Evaluation')),
  total: count('number of evaluations on all pages'),
  nextCursor: nullable(Type.String({ description: 'cursor of the next page; null on the last page', examples: ['WyItY3JlYXRlZCIsLTE3LCIzZjFjIl0'] }))
}, { $id: 'EvaluationList', description: 'One page of evaluations.' })

export const Aggregate = Type.Object({
  mean: number('mean over the n − undefined studies with a defined value'),
  median: number('median; null for a distance if the median study is a failure'),
  q1: number('lower quartile'),
  q3: number('upper quartile'),
  low: number('lower end of the bootstrap interval of the mean'),
  high: number('upper end of the bootstrap interval of the mean'),
  n: count('number of annotated target studies'),
  scored: count('studies with a predicted mask'),
  missing: count('studies without a predicted mask; it counts as empty'),
  undefined: count('studies on which the metric is undefined')
}, { $id: 'Aggregate', description: 'One metric over all annotated target studies.' })

const byMetric = <Schema>(schema: Schema) => Object.fromEntries(MASK_METRICS.map((metric) => [metric, schema]))

export const EvaluationCase = Type.Object({
  study: Type.String({ examples: ['study_0004'] }),
  status: oneOf(['scored', 'missing'], { description: '`missing`: no mask was sent, and an empty mask was scored' }),
  ...Object.fromEntries(MASK_METRICS.map((metric) => [metric, number('null if the metric is undefined')]))
}, { $id: 'EvaluationCase', description: 'The scores of one study in an evaluation.' })

export const EvaluationReport = Type.Object({
  ...runFacts,
  aggregates: Type.Object(byMetric(Type.Ref('Aggregate'))),
  cases: Type.Array(Type.Ref('EvaluationCase'), { description: 'every annotated target study, in order of id' }),
  severity: Type.Optional(Type.Ref('SeverityScore')),
  definitions,
  intervals,
  caveats
}, { $id: 'EvaluationReport', description: 'The full report of a run.' })

export const MetricDifference = Type.Object({
  difference: figure('mean of a − b over the studies on which both values are defined'),
  wilcoxon: Type.Object({ p: Type.Number({ description: 'two-sided p-value of the signed-rank test', examples: [0.03] }) })
}, { $id: 'MetricDifference', description: 'The paired difference of a metric between two runs.' })

export const AucDifference = Type.Object({
  threshold: Type.Integer({ examples: [2] }),
  a: number('area under the curve of run a'),
  b: number('area under the curve of run b'),
  difference: number('area of a − area of b'),
  p: number('p-value of DeLong\'s test'),
  reason: Type.Optional(Type.String({ description: 'reason why the difference is null', examples: ['degenerate'] }))
}, { $id: 'AucDifference', description: 'Two areas under the ROC curve on the same studies.' })

export const McNemar = Type.Object({
  threshold: Type.Integer({ examples: [2] }),
  b: count('studies that only run a classifies correctly'),
  c: count('studies that only run b classifies correctly'),
  p: Type.Number({ description: 'exact two-sided p-value', examples: [0.125] })
}, { $id: 'McNemar', description: 'McNemar\'s test: studies that only one of two runs classifies correctly.' })

export const EvaluationComparison = Type.Object({
  a: Type.Ref('Evaluation'),
  b: Type.Ref('Evaluation'),
  metrics: Type.Object(byMetric(Type.Ref('MetricDifference'))),
  auc: Type.Array(Type.Ref('AucDifference'), { description: 'per threshold; empty unless both runs have probabilities or scores' }),
  mcnemar: Type.Array(Type.Ref('McNemar'), { description: 'per threshold; empty unless both runs have severities' }),
  graded: count('number of studies that both runs graded'),
  intervals
}, { $id: 'EvaluationComparison', description: 'Two runs compared study by study: a − b.' })

export const runSort = {
  sort: oneOf(RUN_SORTS.flatMap((key) => [key, `-${key}`]), { default: '-created', description: 'sort key; `-` before it means descending. Ties are in order of id; evaluations without a value come last' })
}

export const RUN_SCHEMAS = [EvaluationRequest, Evaluation, EvaluationList, Aggregate, EvaluationCase, EvaluationReport, MetricDifference, AucDifference, McNemar, EvaluationComparison]
