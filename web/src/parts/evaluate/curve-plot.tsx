import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'

export interface Curve {
  name: string
  /** which colour and dash it has, 0 to 3 */
  tone: number
  /** x and y, 0 to 1 */
  points: readonly (readonly [number, number])[]
  /** of each point, where it has an interval: its low and high end on y */
  whiskers?: readonly (readonly [number, number] | null)[]
  hasDots?: boolean
}

interface CurvePlotProps { title: string, x: string, y: string, curves: readonly Curve[], hasDiagonal?: boolean, children: ComponentChildren }

const SIZE = 200
const TICKS = [0, 0.25, 0.5, 0.75, 1]
const at = (x: number, y: number) => `${(x * SIZE).toFixed(2)},${((1 - y) * SIZE).toFixed(2)}`

/** Curves in the unit square; `children` is the same as a table, which is made when it is opened. */
export function CurvePlot ({ title, x, y, curves, hasDiagonal = false, children }: CurvePlotProps) {
  const [isOpen, setOpen] = useState(false)
  return (
    <figure class='curve-plot'>
      <figcaption><h4>{title}</h4></figcaption>
      <svg viewBox='-34 -8 246 244' role='img' aria-label={`${title}: ${y} over ${x}, of ${curves.map(({ name }) => name).join(', ')}. The table below has the values.`}>
        {TICKS.map((tick) => (
          <g key={tick}>
            <path class='grid' d={`M${at(tick, 0)}L${at(tick, 1)}M${at(0, tick)}L${at(1, tick)}`} />
            <text x={tick * SIZE} y={SIZE + 13} text-anchor='middle'>{tick}</text>
            <text x='-5' y={(1 - tick) * SIZE + 3} text-anchor='end'>{tick}</text>
          </g>
        ))}
        {hasDiagonal && <path class='diagonal' d={`M${at(0, 0)}L${at(1, 1)}`} />}
        {curves.map(({ name, tone, points, whiskers, hasDots }) => (
          <g key={name} class={`curve tone-${tone}`}>
            <polyline points={points.map(([px, py]) => at(px, py)).join(' ')} />
            {whiskers?.map((ends, n) => ends !== null && <path key={n} d={`M${at(points[n]![0], ends[0])}L${at(points[n]![0], ends[1])}`} />)}
            {hasDots === true && points.map(([px, py], n) => <circle key={n} cx={px * SIZE} cy={(1 - py) * SIZE} r='2.600' />)}
          </g>
        ))}
        <text x={SIZE / 2} y={SIZE + 28} text-anchor='middle'>{x}</text>
        <text transform={`translate(-26 ${SIZE / 2}) rotate(-90)`} text-anchor='middle'>{y}</text>
      </svg>
      {curves.length > 1 && <ul class='legend small'>{curves.map(({ name, tone }) => <li key={name}><svg viewBox='0 0 22 8' width='22' height='8' aria-hidden='true' class={`curve tone-${tone}`}><polyline points='0,4 22,4' /></svg>{name}</li>)}</ul>}
      <details class='as-table small' onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>Table</summary>
        {isOpen && children}
      </details>
    </figure>
  )
}
