import { mark, marks, VERDICTS } from '../state/verdicts.js'

/** A verdict and a note on one item; kept as they are given. */
export function VerdictForm ({ item }: { item: string }) {
  const { verdict = null, note = '' } = marks.value[item] ?? {}
  return (
    <form class='verdict' onSubmit={(event) => event.preventDefault()}>
      <fieldset>
        <legend>Verdict</legend>
        {VERDICTS.map((one) => (
          <label key={one}>
            <input type='radio' name='verdict' value={one} checked={verdict === one} onChange={() => mark(item, { verdict: one })} />
            {one}
          </label>
        ))}
        <button type='button' class='plain' disabled={verdict === null} onClick={() => mark(item, { verdict: null })}>Take back</button>
      </fieldset>
      <label>Note<textarea rows={2} defaultValue={note} onInput={(event) => mark(item, { note: event.currentTarget.value })} /></label>
    </form>
  )
}
