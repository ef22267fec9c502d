import { Type } from 'typebox'
import { METHODS } from '../../evaluation/statistics/figure.js'
import { mapOf, nullable, oneOf } from '../../http/contract/schemas.js'

/** One number with its interval. */
export const Figure = Type.Object({
  value: nullable(Type.Number({ description: 'the figure; null if it is undefined, and `reason` says why', examples: [0.8559] })),
  low: nullable(Type.Number({ description: 'lower end of the 95 % interval', examples: [0.8154] })),
  high: nullable(Type.Number({ description: 'upper end of the 95 % interval', examples: [0.8931] })),
  n: Type.Integer({ description: 'denominator of a share; for other figures the number of scored studies', examples: [1110] }),
  method: oneOf(METHODS, { description: 'method that gave the interval', examples: ['bootstrap'] }),
  reason: Type.Optional(Type.String({ description: 'reason why the figure is null, or its interval a single point', examples: ['degenerate'] })),
  undefinedResamples: Type.Optional(Type.Integer({ description: 'bootstrap resamples left out because the figure is undefined on them', examples: [0] }))
}, { $id: 'Figure', description: 'A figure with its 95 % interval.' })

export const figure = (description: string) => Type.Unsafe<unknown>({ allOf: [Type.Ref('Figure')], description })

/** A figure that is not always present. */
export const optionalFigure = (description: string) => Type.Optional(figure(description))

export const definitions = mapOf(Type.String(), { description: 'definition of each metric, by name, with the version of the definition', examples: [{ accuracy: 'share of studies whose grade is right, /1' }] })

export const intervals = Type.Object({
  level: Type.Number({ examples: [0.95] }),
  resamples: Type.Integer({ examples: [2000] }),
  seed: Type.Integer({ examples: [0] })
}, { description: 'settings of the intervals' })

export const caveats = Type.Array(Type.String(), { description: 'limits of what the figures show', examples: [['No scored study is CT-4: the figures do not show how the algorithm grades such studies.']] })

export const filters = mapOf(Type.String(), { description: 'query that selected the target', examples: [{ split: 'test', seed: '7' }] })

export const targetHash = Type.String({ description: 'hash of the target: equal hashes mean equal studies, grades, masks and metric definitions', examples: ['9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'] })
