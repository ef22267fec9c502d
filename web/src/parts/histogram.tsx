import { useRef, useState } from 'preact/hooks'
import type { Distribution } from '../api/answers.js'
import { address, here, set } from '../state/location.js'
import { boundsOf } from '../state/cohort.js'
import type { Range } from '../state/cohort.js'
import { of } from './numbers.js'

type Bin = Distribution['bins'][number]

interface HistogramProps {
  title: string
  range: Range
  distribution: Distribution | undefined
  /** how a value is written, unit included */
  format: (value: number) => string
  /** whether values are whole: the bound of a bar is then the whole number below its end */
  isWhole: boolean
  /** what is chosen now; undefined: no bound */
  min?: number | undefined
  max?: number | undefined
  /** where a bar leads: this page, narrowed, or a list of those studies */
  leadsTo: 'here' | 'studies'
}

const HEIGHT = 56
const BAR = 20

/** Room for so many bars at least: one alone would be a wall. */
const LEAST_COLUMNS = 5

/** A drag shorter than this, in CSS pixels, is a click. */
const DRAG = 4

/**
 * Bars, each a link to the studies in it; a drag over several chooses them all. The same is a table for whoever reads
 * instead of looking, and two fields for whoever types.
 */
export function Histogram ({ title, range, distribution, format, isWhole, min, max, leadsTo }: HistogramProps) {
  const svg = useRef<SVGSVGElement>(null)
  const [drag, setDrag] = useState<{ from: number, to: number } | null>(null)
  const start = useRef<{ x: number, bin: number, isMoved: boolean } | null>(null)
  const bins = distribution?.bins ?? []
  const columns = Math.max(bins.length, LEAST_COLUMNS)
  const margin = (columns - bins.length) / 2
  const most = Math.max(1, ...bins.map(({ studies }) => studies))
  const isChosen = (bin: Bin) => (min === undefined || bin.to > min) && (max === undefined || bin.from <= max)
  const hasChoice = min !== undefined || max !== undefined
  const [minName, maxName] = boundsOf(range)
  const bounds = (first: Bin, last: Bin) => ({ [minName]: first.from, [maxName]: isWhole ? Math.ceil(last.to) - 1 : below(last) })
  const hrefOf = (bin: Bin) => leadsTo === 'here' ? here({ ...bounds(bin, bin), cursor: null }) : address('studies', bounds(bin, bin))

  const binAt = (event: PointerEvent) => {
    const { left, width } = svg.current!.getBoundingClientRect()
    return Math.max(0, Math.min(bins.length - 1, Math.floor((event.clientX - left) / width * columns - margin)))
  }
  const choose = (a: number, b: number, replace: boolean) => {
    const [first, last] = [Math.min(a, b), Math.max(a, b)]
    setDrag({ from: first, to: last })
    set({ ...bounds(bins[first]!, bins[last]!), cursor: null }, { replace })
  }
  const brush = leadsTo === 'studies'
    ? {}
    : {
        onPointerDown: (event: PointerEvent) => { start.current = { x: event.clientX, bin: binAt(event), isMoved: false } },
        onPointerMove: (event: PointerEvent) => {
          const from = start.current
          if (from === null || (!from.isMoved && Math.abs(event.clientX - from.x) < DRAG)) return
          const bin = binAt(event)
          if (drag !== null && from.isMoved && [drag.from, drag.to].join() === [Math.min(from.bin, bin), Math.max(from.bin, bin)].join()) return
          // The first step of a drag is a place to come back from, the rest of it is not.
          choose(from.bin, bin, from.isMoved)
          if (!from.isMoved) svg.current!.setPointerCapture(event.pointerId)
          from.isMoved = true
        },
        onPointerUp: () => {
          setDrag(null)
          if (start.current?.isMoved !== true) start.current = null
        },
        onPointerCancel: () => { start.current = null; setDrag(null) },
        // The click that ends a drag is not one on a bar.
        onClickCapture: (event: MouseEvent) => {
          if (start.current?.isMoved === true) { event.preventDefault(); event.stopPropagation() }
          start.current = null
        }
      }

  return (
    <figure class='histogram'>
      <figcaption class='spread'>
        <span class='title'>{title}</span>
        {hasChoice
          ? <a class='small' href={here({ [minName]: null, [maxName]: null, cursor: null })} >{min === undefined ? 'up to' : format(min)}{max === undefined ? ' or more' : ` – ${format(max)}`} <span aria-hidden='true'>✕</span><span class='unseen'>(take away)</span></a>
          : <span class='small muted'>{distribution?.median == null ? '' : `median ${format(distribution.median)}`}</span>}
      </figcaption>
      {bins.length === 0
        ? <p class='small muted empty'>{distribution === undefined ? ' ' : 'no study has it'}</p>
        : (
          <>
            <svg ref={svg} class={leadsTo === 'here' ? 'brush' : ''} viewBox={`0 0 ${columns * BAR} ${HEIGHT}`} preserveAspectRatio='none' role='group' aria-label={`${title}: bars`} {...brush}>
              {bins.map((bin, n) => {
                const height = bin.studies === 0 ? 0 : Math.max(2, bin.studies / most * (HEIGHT - 2))
                const label = `${format(bin.from)} to ${format(bin.to)}: ${of(bin.studies, 'study', 'studies')}`
                return (
                  <a key={bin.from} href={hrefOf(bin)} class={isChosen(bin) ? 'chosen' : ''} aria-label={label}>
                    <title>{label}</title>
                    <rect class='room' x={(margin + n) * BAR} y='0' width={BAR} height={HEIGHT} />
                    <rect class='bar' x={(margin + n) * BAR + 1} y={HEIGHT - height} width={BAR - 2} height={height} />
                  </a>
                )
              })}
            </svg>
            <div class='axis small muted' aria-hidden='true'><span>{format(bins[0]!.from)}</span><span>{format(bins.at(-1)!.to)}</span></div>
            <details class='as-table small'>
              <summary>Table{leadsTo === 'here' && ' and limits'}</summary>
              {leadsTo === 'here' && <Limits {...{ title, minName, maxName, min, max, isWhole }} />}
              <table>
                <caption class='unseen'>{title}</caption>
                <thead><tr><th scope='col'>from</th><th scope='col'>to</th><th scope='col' class='number'>studies</th></tr></thead>
                <tbody>{bins.map((bin) => <tr key={bin.from}><td>{format(bin.from)}</td><td>{format(bin.to)}</td><td class='number'>{bin.studies}</td></tr>)}</tbody>
              </table>
            </details>
          </>
          )}
    </figure>
  )
}

interface LimitsProps { title: string, minName: string, maxName: string, min: number | undefined, max: number | undefined, isWhole: boolean }

function Limits ({ title, minName, maxName, min, max, isWhole }: LimitsProps) {
  const field = (name: string, label: string, value: number | undefined) => (
    <input
      type='number' min='0' step={isWhole ? 1 : 'any'} aria-label={`${title}, ${label}`} placeholder={label} value={value ?? ''}
      onChange={(event) => set({ [name]: event.currentTarget.value, cursor: null })}
    />
  )
  return <div class='limits'>{field(minName, 'at least', min)}{field(maxName, 'at most', max)}</div>
}

/** The greatest value that still lies in a bar, whose end does not: a ten-thousandth of it below that, in few digits. */
function below ({ from, to }: Bin): number {
  return Number((to - (to - from) / 10_000).toPrecision(8))
}
