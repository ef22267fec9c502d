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
  name: Type.String({ minLength: 1, maxLength: 200, description: 'what people call it', examples: ['U-Net, fold 0'] }),
  algorithm: Type.Optional(text(200, 'what was run', 'unet')),
  version: Type.Optional(text(200, 'which version of it', '1.2.0')),
  note: Type.Optional(text(10_000, 'anything else', 'trained on train, seed 7')),
  ...maskSettings
}, { additionalProperties: false, $id: 'EvaluationRequest' })

const runFacts = {
  id: Type.String({ examples: ['3f1c0d9e8b7a6f54'] }),
  created: Type.String({ description: 'when, RFC 3339', examples: ['2026-11-26T02:24:44.000Z'] }),
  name: Type.String({ examples: ['U-Net, fold 0'] }),
  algorithm: nullable(Type.String({ examples: ['unet'] })),
  version: nullable(Type.String({ examples: ['1.2.0'] })),
  note: nullable(Type.String({ examples: ['trained on train, seed 7'] })),
  tolerance: Type.Number({ description: 'of the surface Dice, in mm', examples: [3] }),
  minLesionMl: Type.Number({ description: 'lesions smaller than this count on neither side', examples: [0] }),
  target: Type.Object({ studies: count('graded studies'), annotated: count('of these with a mask'), hash: targetHash, filters }),
  scored: count('masks that were sent'),
  missing: count('annotated studies without one'),
  dice: number('mean over the annotated target studies; a missing mask counts as an empty one'),
  graded: Type.Boolean({ description: 'whether severities were sent' })
}

export const Evaluation = Type.Object(runFacts, { $id: 'Evaluation', description: 'A run of an algorithm over a target. Runs compare where `target.hash`, `tolerance` and `minLesionMl` are equal.' })

export const EvaluationList = Type.Object({
  items: Type.Array(Type.Ref('Evaluation')),
  total: count('on all pages'),
  nextCursor: nullable(Type.String({ description: 'of the next page; null at the end', examples: ['WyItY3JlYXRlZCIsLTE3LCIzZjFjIl0'] }))
}, { $id: 'EvaluationList', description: 'One page of evaluations.' })

export const Aggregate = Type.Object({
  mean: number('over the studies where it is defined: n − undefined'),
  median: number('of distances null where it falls on a failure'),
  q1: number('lower quartile'),
  q3: number('upper quartile'),
  low: number('of the bootstrap interval of the mean'),
  high: number('of the bootstrap interval of the mean'),
  n: count('annotated target studies'),
  scored: count('with a mask'),
  missing: count('without one, counted as empty'),
  undefined: count('where it is not defined')
}, { $id: 'Aggregate', description: 'One metric over all annotated target studies.' })

const byMetric = <Schema>(schema: Schema) => Object.fromEntries(MASK_METRICS.map((metric) => [metric, schema]))

export const EvaluationCase = Type.Object({
  study: Type.String({ examples: ['study_0004'] }),
  status: oneOf(['scored', 'missing'], { description: '`missing`: the row is that of an empty mask' }),
  ...Object.fromEntries(MASK_METRICS.map((metric) => [metric, number('null where it is not defined')]))
}, { $id: 'EvaluationCase', description: 'One study of an evaluation.' })

export const EvaluationReport = Type.Object({
  ...runFacts,
  aggregates: Type.Object(byMetric(Type.Ref('Aggregate'))),
  cases: Type.Array(Type.Ref('EvaluationCase'), { description: 'every annotated target study, in id order' }),
  severity: Type.Optional(Type.Ref('SeverityScore')),
  definitions,
  intervals,
  caveats
}, { $id: 'EvaluationReport', description: 'Everything there is to say of a run.' })

export const MetricDifference = Type.Object({
  difference: figure('mean of a − b over the studies where both define it'),
  wilcoxon: Type.Object({ p: Type.Number({ description: 'two-sided, of the signed-rank test', examples: [0.03] }) })
}, { $id: 'MetricDifference', description: 'How a metric differs, study by study.' })

export const AucDifference = Type.Object({
  threshold: Type.Integer({ examples: [2] }),
  a: number('area of a'),
  b: number('area of b'),
  difference: number('a − b'),
  p: number('of DeLong\'s test'),
  reason: Type.Optional(Type.String({ description: 'why it is null', examples: ['degenerate'] }))
}, { $id: 'AucDifference', description: 'Two areas under the ROC curve over the same studies.' })

export const McNemar = Type.Object({
  threshold: Type.Integer({ examples: [2] }),
  b: count('studies that only a calls right'),
  c: count('studies that only b calls right'),
  p: Type.Number({ description: 'exact, two-sided', examples: [0.125] })
}, { $id: 'McNemar', description: 'Who calls which studies right.' })

export const EvaluationComparison = Type.Object({
  a: Type.Ref('Evaluation'),
  b: Type.Ref('Evaluation'),
  metrics: Type.Object(byMetric(Type.Ref('MetricDifference'))),
  auc: Type.Array(Type.Ref('AucDifference'), { description: 'where both have probabilities or scores' }),
  mcnemar: Type.Array(Type.Ref('McNemar'), { description: 'where both have severities' }),
  graded: count('studies that both graded'),
  intervals
}, { $id: 'EvaluationComparison', description: 'Two runs, study by study: a − b.' })

export const runSort = {
  sort: oneOf(RUN_SORTS.flatMap((key) => [key, `-${key}`]), { default: '-created', description: '`-` before it for descending; ties by id; what lacks the fact comes last' })
}

export const RUN_SCHEMAS = [EvaluationRequest, Evaluation, EvaluationList, Aggregate, EvaluationCase, EvaluationReport, MetricDifference, AucDifference, McNemar, EvaluationComparison]
