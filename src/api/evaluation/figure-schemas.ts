import { Type } from 'typebox'
import { METHODS } from '../../evaluation/statistics/figure.js'
import { mapOf, nullable, oneOf } from '../../http/contract/schemas.js'

/** One number with its interval. */
export const Figure = Type.Object({
  value: nullable(Type.Number({ description: 'null where it is not defined; `reason` says why', examples: [0.8559] })),
  low: nullable(Type.Number({ description: 'of the 95 % interval', examples: [0.8154] })),
  high: nullable(Type.Number({ description: 'of the 95 % interval', examples: [0.8931] })),
  n: Type.Integer({ description: 'what it counts: the denominator of a share, else scored studies', examples: [1110] }),
  method: oneOf(METHODS, { description: 'how the interval was made', examples: ['bootstrap'] }),
  reason: Type.Optional(Type.String({ description: 'why it is null, or its interval is a point', examples: ['degenerate'] })),
  undefinedResamples: Type.Optional(Type.Integer({ description: 'of a bootstrap: resamples that do not define it, and are left out', examples: [0] }))
}, { $id: 'Figure', description: 'One figure with its 95 % interval.' })

export const figure = (description: string) => Type.Unsafe<unknown>({ allOf: [Type.Ref('Figure')], description })

/** A figure that is not always present. */
export const optionalFigure = (description: string) => Type.Optional(figure(description))

export const definitions = mapOf(Type.String(), { description: 'what each metric is, by name, with the version of its definition', examples: [{ accuracy: 'share of studies whose grade is right, /1' }] })

export const intervals = Type.Object({
  level: Type.Number({ examples: [0.95] }),
  resamples: Type.Integer({ examples: [2000] }),
  seed: Type.Integer({ examples: [0] })
}, { description: 'how intervals were made' })

export const caveats = Type.Array(Type.String(), { description: 'what the figures cannot say', examples: [['No study scored here is CT-4: nothing is known of how the algorithm grades those.']] })

export const filters = mapOf(Type.String(), { description: 'the query that chose the target', examples: [{ split: 'test', seed: '7' }] })

export const targetHash = Type.String({ description: 'equal where the studies, their grades and masks, and the definitions of all metrics are', examples: ['9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'] })
