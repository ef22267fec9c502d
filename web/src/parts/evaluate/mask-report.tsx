import type { ScoredSet } from './mask-sets.js'
import { DatasetSaid, Definitions, filtersSaid } from './report.js'

/** What a reader of the figures must know: which studies, how computed, what they cannot say. */
export function MaskReport ({ results, target }: { results: readonly ScoredSet[], target: Record<string, string> }) {
  const score = results.flatMap(({ cases }) => cases)[0]?.score
  return (
    <section class='sheet stack report' aria-label='Report of masks'>
      <h2>What was scored, and how</h2>
      <dl class='said'>
        <DatasetSaid />
        <div><dt>Target</dt><dd>annotated studies{Object.keys(target).length > 0 && `: ${filtersSaid(target, '')}`}</dd></div>
        {score !== undefined && <div><dt>Tolerance of NSD</dt><dd>{score.nsd.toleranceMm} mm</dd></div>}
      </dl>
      <div>
        <h3>What the figures cannot say</h3>
        <ul class='caveats'>
          <li>A figure is null (–) where it is not defined: distances where one mask is empty, Dice where both are.</li>
          <li>Large lesions hide small ones in a Dice, and small lesions have a low one for the same error in mm.</li>
          <li>Masks were drawn by few people. Two readers of ground-glass opacity rarely overlap by more than 0.8.</li>
        </ul>
      </div>
      {score !== undefined && <Definitions definitions={score.definitions} />}
    </section>
  )
}
