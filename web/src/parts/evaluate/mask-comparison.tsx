import type { Study } from '../../api/answers.js'
import { studyAddress } from '../../state/cohort.js'
import { count } from '../numbers.js'
import { decimal } from './figure.js'
import type { ScoredSet } from './mask-sets.js'

const METRICS = ['Dice', 'NSD'] as const
type Figures = Record<typeof METRICS[number], number | null>

/** Dice and NSD of a missing mask, which counts as an empty one: 0, or not defined where the reference is empty, too. */
export function emptyFigures ({ mask }: Study): Figures {
  const found = (mask?.voxels ?? 0) > 0 ? 0 : null
  return { Dice: found, NSD: found }
}

function figuresOf ({ cases }: ScoredSet, study: Study): Figures {
  const score = cases.find((one) => one.score.study === study.id)?.score
  return score === undefined ? emptyFigures(study) : { Dice: score.dice, NSD: score.nsd.value }
}

const difference = (a: number | null, b: number | null) => a === null || b === null ? null : a - b
const mean = (values: readonly number[]) => values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length

/** Two sets of masks study by study, the largest difference of Dice first. */
export function MaskComparison ({ results }: { results: readonly ScoredSet[] }) {
  const [first, second] = results as [ScoredSet, ScoredSet]
  const rows = first.annotated.map((study) => {
    const [a, b] = [figuresOf(first, study), figuresOf(second, study)]
    return { study: study.id, a, b, apart: difference(a.Dice, b.Dice) }
  }).sort((one, other) => Math.abs(other.apart ?? 0) - Math.abs(one.apart ?? 0) || (one.study < other.study ? -1 : 1))
  const both = (metric: typeof METRICS[number]) => rows.flatMap(({ a, b }) => a[metric] === null || b[metric] === null ? [] : [[a[metric], b[metric]] as const])
  return (
    <section class='sheet stack' aria-label='Comparison'>
      <h2>{first.name} and {second.name}</h2>
      <div class='scroll bare' tabIndex={0} role='group' aria-label='Study by study'>
        <table class='compared'>
          <caption>The largest difference of Dice first; a missing mask counts as an empty one; differences are {first.name} less {second.name}</caption>
          <thead><tr><th scope='col'>Study</th>{METRICS.flatMap((metric) => [first.name, second.name, 'difference'].map((of) => <th key={`${metric} ${of}`} scope='col' class='number'>{metric}, {of}</th>))}</tr></thead>
          <tbody>
            <tr>
              <th scope='row'>Mean</th>
              {METRICS.flatMap((metric) => {
                const pairs = both(metric)
                const [a, b] = [mean(pairs.map(([of]) => of)), mean(pairs.map(([, of]) => of))]
                return [a, b, difference(a, b)].map((value, n) => <td key={`${metric} ${n}`} class='number'>{decimal(value)}</td>)
              })}
            </tr>
            {rows.map(({ study, a, b }) => (
              <tr key={study}>
                <th scope='row'><a href={studyAddress(study)}>{study}</a></th>
                {METRICS.flatMap((metric) => [a[metric], b[metric], difference(a[metric], b[metric])].map((value, n) => <td key={`${metric} ${n}`} class='number'>{decimal(value)}</td>))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class='small'>Means are over the studies for which both are defined: {count(both('Dice').length)} of {count(rows.length)} for Dice. Whether a difference is more than chance, <code>/v1/evaluations/compare.json</code> says of two evaluations that the service keeps.</p>
    </section>
  )
}
