import { dataset } from '../../state/dataset.js'
import { count } from '../numbers.js'
import type { GradesScored } from './severity-result.js'

const FLOW = [['catalogued', 'studies in the catalog'], ['targeted', 'in the target'], ['predicted', 'rows sent'], ['missing', 'of the target without a row'], ['scored', 'scored']] as const

/** Which dataset, of which version. */
export function DatasetSaid () {
  return <div><dt>Dataset</dt><dd>{dataset.value?.title}{dataset.value?.version != null && `, version ${dataset.value.version}`}</dd></div>
}

/** Filters as in an address; `all` where there is none. */
export function filtersSaid (filters: Record<string, string>, all: string): string {
  return Object.entries(filters).map(([name, value]) => `${name}=${value}`).join(', ') || all
}

export function Definitions ({ definitions }: { definitions: Record<string, string> }) {
  return (
    <div>
      <h3>Definitions, with their versions</h3>
      <dl class='definitions small'>{Object.entries(definitions).map(([name, words]) => <div key={name}><dt><code>{name}</code></dt><dd>{words}</dd></div>)}</dl>
    </div>
  )
}

/** What a reader of the figures must know: which studies, how computed, what they cannot say. After STARD 2015, item 19. */
export function SeverityReport ({ results }: { results: readonly GradesScored[] }) {
  const { target, definitions, intervals } = results[0]!.score
  return (
    <section class='sheet stack report'>
      <h2>What was scored, and how</h2>
      <dl class='said'>
        <DatasetSaid />
        <div><dt>Target</dt><dd>{filtersSaid(target.filters, 'every graded study')}; hash <code>{target.hash.slice(0, 12)}</code></dd></div>
        <div><dt>Intervals</dt><dd>{100 * intervals.level} %; bootstrap of {count(intervals.resamples)} resamples, seed {intervals.seed}</dd></div>
      </dl>
      <div class='scroll bare' tabIndex={0} role='group' aria-label='Flow of studies'>
        <table class='flow'>
          <caption>Flow of studies (STARD)</caption>
          <thead><tr><th scope='col'>Studies</th>{results.map(({ name }) => <th key={name} scope='col' class='number'>{name}</th>)}</tr></thead>
          <tbody>{FLOW.map(([key, words]) => <tr key={key}><th scope='row'>{words}</th>{results.map(({ name, score }) => <td key={name} class='number'>{count(score.flow[key])}</td>)}</tr>)}</tbody>
        </table>
      </div>
      <div>
        <h3>What the figures cannot say</h3>
        {results.map(({ name, score }) => <ul key={name} class='caveats' aria-label={`Caveats of ${name}`}>{score.caveats.map((caveat) => <li key={caveat}>{results.length > 1 && <strong>{name}: </strong>}{caveat}</li>)}</ul>)}
      </div>
      <Definitions definitions={definitions} />
    </section>
  )
}
