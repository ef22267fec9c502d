import { here, params } from '../state/location.js'
import { listIn, toggled } from '../state/search.js'
import { count } from './numbers.js'

interface FacetProps {
  title: string
  name: string
  /** every value there is, in order, with its words */
  values: readonly (readonly [value: string, label: preact.ComponentChildren])[]
  counts: Record<string, number> | undefined
  /** several at once, or one */
  isSeveral?: boolean
}

/** Values of a fact with their counts, each a link that puts it into the filter or takes it out. */
export function Facet ({ title, name, values, counts, isSeveral = false }: FacetProps) {
  const chosen = listIn(params.value, name)
  const next = (value: string) => isSeveral ? toggled(chosen, value, values.map(([one]) => one)) : chosen.includes(value) ? null : value
  return (
    <div class='facet'>
      <h3 id={`facet-${name}`}>{title}</h3>
      <ul aria-labelledby={`facet-${name}`}>
        {values.map(([value, label]) => {
          const isOn = chosen.includes(value)
          return (
            <li key={value}>
              <a href={here({ [name]: next(value), cursor: null })} class={isOn ? 'on' : ''} aria-current={isOn ? 'true' : undefined}>
                <span class='box' aria-hidden='true'>{isOn ? '✓' : ''}</span>
                <span class='label'>{label}</span>
                <span class='count'>{counts === undefined ? '' : count(counts[value] ?? 0)}</span>
              </a>
            </li>
          )
        })}
      </ul>
    </div>
  )
}
