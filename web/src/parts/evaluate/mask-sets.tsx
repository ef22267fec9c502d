import { useState } from 'preact/hooks'
import { MaskComparison } from './mask-comparison.js'
import type { MaskSet } from './mask-file.js'
import { MaskReport } from './mask-report.js'
import { MaskScoring } from './mask-scoring.js'
import type { Scored } from './mask-scoring.js'

/** A set of masks that was scored to its end. */
export interface ScoredSet extends Scored { name: string }

interface MaskSetsProps { sets: readonly MaskSet[], target: Record<string, string>, keyOf: () => string, again: number }

/** The masks of one algorithm, or of two side by side: what differs, each by itself, and the report. */
export function MaskSets ({ sets, target, keyOf, again }: MaskSetsProps) {
  const [scored, setScored] = useState<ReadonlyMap<MaskSet, Scored>>(new Map())
  const results = sets.flatMap((set): ScoredSet[] => {
    const known = scored.get(set)
    return known?.done === set.files.length ? [{ ...known, name: set.name }] : []
  })
  return (
    <>
      {results.length > 1 && <MaskComparison results={results} />}
      <div class={sets.length > 1 ? 'halves' : ''}>
        {sets.map((set) => <MaskScoring key={set.name} name={set.name} masks={set.files} target={target} keyOf={keyOf} again={again} onScored={(of) => setScored((before) => new Map([...before, [set, of]]))} />)}
      </div>
      {results.length > 0 && results.length === sets.length && <MaskReport results={results} target={target} />}
    </>
  )
}
