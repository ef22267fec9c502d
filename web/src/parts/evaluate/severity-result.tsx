import type { SeverityScore } from '../../api/evaluation.js'
import { gradeName } from '../../state/categories.js'
import { studyAddress } from '../../state/cohort.js'
import { count } from '../numbers.js'
import { Confusion } from './confusion.js'
import { Figure } from './figure.js'
import { ReliabilityPlot, RocPlot, Triage, WorklistPlot } from './triage.js'

/** One scored file of grades. */
export interface GradesScored { name: string, score: SeverityScore }

const AGREEMENT = [
  ['qwk', 'Weighted kappa (quadratic)'], ['kappaLinear', 'Weighted kappa (linear)'], ['accuracy', 'Accuracy'], ['balancedAccuracy', 'Balanced accuracy'], ['macroF1', 'Macro F1'],
  ['mae', 'Mean error, grades'], ['withinOne', 'Within one grade'], ['spearman', 'Spearman'], ['rps', 'Ranked probability score']
] as const

/** The figures of one file, or of two in two columns. */
export function Agreement ({ results }: { results: readonly GradesScored[] }) {
  const hashes = new Set(results.map(({ score }) => score.target.hash))
  const counts = new Set(results.map(({ score }) => score.flow.scored))
  return (
    <section class='sheet stack'>
      <h2>Agreement</h2>
      {(hashes.size > 1 || counts.size > 1) && <p class='notice' role='status'>These files were not scored on the same studies. Their figures cannot be compared.</p>}
      <div class='scroll bare' tabIndex={0} role='group' aria-label='Agreement'>
        <table class='agreement'>
          <caption class='unseen'>How grades agree, with 95 % intervals</caption>
          <thead><tr><th scope='col'>Figure</th>{results.map(({ name }) => <th key={name} scope='col' class='number'>{name}</th>)}</tr></thead>
          <tbody>{AGREEMENT.map(([key, words]) => <tr key={key}><th scope='row'>{words}</th>{results.map(({ name, score }) => <td key={name} class='number'><Figure of={score.severity[key]} /></td>)}</tr>)}</tbody>
        </table>
      </div>
    </section>
  )
}

/** Everything else of one file. */
export function SeverityResult ({ name, score }: GradesScored) {
  const { triage, worklist, missed, missedTotal } = score
  const calibrated = triage.filter(({ reliability }) => reliability !== undefined)
  return (
    <section class='sheet stack result' aria-label={name}>
      <h2>{name}</h2>
      <div><h3>Confusion matrix</h3><Confusion score={score} /></div>
      <div><h3>Triage</h3><Triage triage={triage} /></div>
      <div><h3>Curves</h3>
        <div class='plots'>
          <RocPlot triage={triage} />
          <div><WorklistPlot worklist={worklist} /></div>
          {calibrated.map((at) => <ReliabilityPlot key={at.threshold} at={at} />)}
        </div>
      </div>
      <div>
        <h3>Missed studies: {count(missedTotal)}</h3>
        {missedTotal === 0
          ? <p class='small muted'>No study with findings was predicted to have none.</p>
          : (
            <table class='missed'>
              <caption class='small muted'>With findings, and called free of them{missedTotal > missed.length && `; the worst ${missed.length}`}</caption>
              <thead><tr><th scope='col'>Study</th><th scope='col'>Reference</th><th scope='col'>Predicted</th></tr></thead>
              <tbody>{missed.map(({ study, category, predicted }) => <tr key={study}><th scope='row'><a href={studyAddress(study)}>{study}</a></th><td>{category}</td><td>{gradeName(predicted)}</td></tr>)}</tbody>
            </table>
            )}
      </div>
    </section>
  )
}
