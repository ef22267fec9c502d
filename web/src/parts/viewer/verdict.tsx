import { useEffect } from 'preact/hooks'
import { mark, marks } from '../../state/verdicts.js'
import { VerdictForm } from '../verdict-form.js'

/** The mark of a study in the worklist it is leafed through in; to open it is to have seen it. */
export function Verdict ({ item }: { item: string }) {
  useEffect(() => mark(item), [item])
  const verdict = marks.value[item]?.verdict
  return (
    <details class='v-verdict'>
      <summary>{verdict == null ? 'Verdict' : `Verdict: ${verdict}`}</summary>
      <div><VerdictForm item={item} /></div>
    </details>
  )
}
