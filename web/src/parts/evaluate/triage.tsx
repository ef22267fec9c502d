import type { SeverityScore, Triage as TriageOf } from '../../api/evaluation.js'
import { gradeName } from '../../state/categories.js'
import { CurvePlot } from './curve-plot.js'
import { decimal, Figure } from './figure.js'

const FIGURES = [
  ['sensitivity', 'Sensitivity'], ['specificity', 'Specificity'], ['ppv', 'PPV'], ['npv', 'NPV'], ['auc', 'AUC'], ['averagePrecision', 'Av. precision'], ['brier', 'Brier'], ['ece', 'ECE']
] as const

const orMore = (severity: number) => `${gradeName(severity)} or more`
const nameOf = ({ threshold }: TriageOf) => orMore(threshold)
const toneOf = ({ threshold }: TriageOf) => threshold - 1

/** The algorithm as a test for each severity or more. */
export function Triage ({ triage }: { triage: SeverityScore['triage'] }) {
  // What needs probabilities or scores has no row where there are none.
  const shown = FIGURES.filter(([name]) => triage.some((at) => at[name] !== undefined))
  return (
    <div class='scroll bare' tabIndex={0} role='group' aria-label='Triage'>
      <table class='triage'>
        <caption>As a test for a severity or more, with 95 % intervals</caption>
        <thead><tr><th scope='col'>Figure</th>{triage.map((at) => <th key={at.threshold} scope='col' class='number'>{nameOf(at)}</th>)}</tr></thead>
        <tbody>
          {(['tp', 'fp', 'tn', 'fn'] as const).map((name) => <tr key={name}><th scope='row'>{name.toUpperCase()}</th>{triage.map((at) => <td key={at.threshold} class='number'>{at[name]}</td>)}</tr>)}
          {shown.map(([name, words]) => <tr key={name}><th scope='row'>{words}</th>{triage.map((at) => <td key={at.threshold} class='number'><Figure of={at[name]} /></td>)}</tr>)}
        </tbody>
      </table>
    </div>
  )
}

/** ROC of each threshold; none without probabilities or scores. */
export function RocPlot ({ triage }: { triage: SeverityScore['triage'] }) {
  const drawn = triage.filter(({ roc }) => roc !== undefined)
  if (drawn.length === 0) return <p class='small muted'>ROC needs probabilities (<code>p0</code> to <code>p4</code>) or a <code>score</code>.</p>
  const curves = drawn.map((at) => ({ name: nameOf(at), tone: toneOf(at), points: at.roc!.flatMap(([x, y]) => x === null || y === null ? [] : [[x, y] as const]) }))
  return (
    <CurvePlot title='ROC' x='false positive rate' y='true positive rate' curves={curves} hasDiagonal>
      <table>
        <caption class='unseen'>ROC points</caption>
        <thead><tr><th scope='col'>positive</th><th scope='col' class='number'>at</th><th scope='col' class='number'>FPR</th><th scope='col' class='number'>TPR</th></tr></thead>
        <tbody>{drawn.flatMap((at) => at.roc!.map(([x, y, t], n) => <tr key={`${at.threshold} ${n}`}><td>{nameOf(at)}</td><td class='number'>{t === null ? 'none' : decimal(t)}</td><td class='number'>{decimal(x)}</td><td class='number'>{decimal(y)}</td></tr>))}</tbody>
      </table>
    </CurvePlot>
  )
}

/** Predicted probability and what was observed, bin by bin, of one threshold. */
export function ReliabilityPlot ({ at }: { at: TriageOf }) {
  const bins = at.reliability!.filter(({ n }) => n > 0)
  return (
    <CurvePlot
      title={`Reliability, ${nameOf(at)}`} x='mean probability' y='observed share' hasDiagonal
      curves={[{ name: nameOf(at), tone: toneOf(at), hasDots: true, points: bins.map(({ meanPredicted, observed }) => [meanPredicted!, observed!]), whiskers: bins.map(({ low, high }) => low === null || high === null ? null : [low, high]) }]}
    >
      <table>
        <caption class='unseen'>Reliability bins, {nameOf(at)}</caption>
        <thead><tr><th scope='col'>bin</th><th scope='col' class='number'>n</th><th scope='col' class='number'>mean</th><th scope='col' class='number'>observed</th></tr></thead>
        <tbody>{at.reliability!.map(({ from, to, n, meanPredicted, observed, low, high }) => <tr key={from}><td>{from.toFixed(2)}–{to.toFixed(2)}</td><td class='number'>{n}</td><td class='number'>{decimal(meanPredicted)}</td><td class='number'>{decimal(observed)}{low !== null && high !== null && <small> {decimal(low)}–{decimal(high)}</small>}</td></tr>)}</tbody>
      </table>
    </CurvePlot>
  )
}

/** How many of the severe are among the first of the worklist. */
export function WorklistPlot ({ worklist: { recallAt, meanRankPercentile } }: { worklist: SeverityScore['worklist'] }) {
  const severities = [...new Set(recallAt.map(({ severity }) => severity))]
  const curves = severities.map((severity) => {
    const found = recallAt.filter((one) => one.severity === severity && one.recall.value !== null)
    return { name: orMore(severity), tone: severity - 1, hasDots: true, points: found.map(({ share, recall }) => [share, recall.value!] as const), whiskers: found.map(({ recall: { low, high } }) => low === null || high === null ? null : [low, high] as const) }
  })
  return (
    <>
      <CurvePlot title='Worklist recall' x='share of the worklist' y='recall' curves={curves} hasDiagonal>
        <table>
          <caption class='unseen'>Worklist recall</caption>
          <thead><tr><th scope='col'>severity</th><th scope='col' class='number'>first</th><th scope='col' class='number'>recall</th></tr></thead>
          <tbody>{recallAt.map(({ share, severity, recall }) => <tr key={`${severity} ${share}`}><td>{orMore(severity)}</td><td class='number'>{Math.round(100 * share)} %</td><td class='number'><Figure of={recall} /></td></tr>)}</tbody>
        </table>
      </CurvePlot>
      <p class='small'>Mean rank of {orMore(2)}, as a share of the list: <Figure of={meanRankPercentile} /></p>
    </>
  )
}
