import { setsOf } from '../../image/labels.js'
import type { Viewer } from '../../state/viewer.js'

/** The labels of the leading study with their colours, each to be shown or not; and its label sets, where there are several. */
export function Labels ({ viewer }: { viewer: Viewer }) {
  const { lead, hidden } = viewer.view.value
  const study = viewer.studies.value[lead]
  if (study?.set === undefined) return null
  const sets = setsOf(study.facts?.labels ?? [])
  return (
    <>
      {sets.length > 1 && (
        <label class='v-select'>
          <span>Label set</span>
          <select value={study.set} onChange={(event) => viewer.setLabelSet(event.currentTarget.value)}>
            {sets.map((set) => <option key={set} value={set}>{set}</option>)}
          </select>
        </label>
      )}
      <div class='v-labels' role='group' aria-label={`Labels of ${study.set}`}>
        {study.labels.map(({ name, color, value }) => (
          <label key={`${value} ${name}`}>
            <input type='checkbox' checked={!hidden.includes(name)} onChange={() => viewer.toggleLabel(name)} />
            <i style={{ background: color }} aria-hidden='true' />{name}
          </label>
        ))}
      </div>
    </>
  )
}
