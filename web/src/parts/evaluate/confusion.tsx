import type { SeverityScore } from '../../api/evaluation.js'
import { Figure } from './figure.js'

/** Where grades went: rows are the dataset's, columns the algorithm's. Shades are shares of a row; the numbers say the same. */
export function Confusion ({ score: { severity: { confusion, classes } } }: { score: SeverityScore }) {
  return (
    <div class='scroll bare' tabIndex={0} role='group' aria-label='Confusion matrix'>
      <table class='confusion'>
        <caption>Reference by row, prediction by column</caption>
        <thead>
          <tr><th scope='col'>Grade</th>{classes.map(({ category }) => <th key={category} scope='col' class='number'>{category}</th>)}<th scope='col' class='number'>Recall</th><th scope='col' class='number'>Precision</th></tr>
        </thead>
        <tbody>
          {confusion.map((row, reference) => {
            const { category, support, recall, precision } = classes[reference]!
            return (
              <tr key={category}>
                <th scope='row'>{category}</th>
                {row.map((studies, predicted) => <td key={predicted} class={`number ${predicted === reference ? 'right' : ''}`} style={{ '--share': String(studies / Math.max(1, support)) }}>{studies}</td>)}
                <td class='number'><Figure of={recall} /></td>
                <td class='number'><Figure of={precision} /></td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}
