import { useMemo, useRef } from 'preact/hooks'
import { profileOf, type ProfileBar } from '../../image/profile.js'
import type { Slice } from '../../image/planes.js'
import type { Pane, Viewer } from '../../state/viewer.js'
import type { OpenStudy } from '../../volume/open-study.js'

/** The bar's own units across; slices are its units down. */
const WIDTH = 40
/** A page of the slider, in slices. */
const PAGE = 5

/** The lung and lesion profile beside a picture, which is also the slider that leads through its slices. */
export function SliceBar ({ viewer, pane }: { viewer: Viewer, pane: Pane }) {
  const bar = useRef<HTMLDivElement>(null)
  const slice = viewer.sliceOf(pane)
  const study = viewer.studies.value[pane.study]
  const bars = useMemo(() => study === undefined || slice === undefined ? [] : barsOf(viewer, pane, study, slice),
    [study, study?.slices, pane.plane, slice?.count, study?.mask?.isComplete])
  if (slice === undefined || study === undefined) return <div class='v-bar' />
  const { count, index } = slice

  const goTo = (event: PointerEvent) => {
    const { top, height } = bar.current!.getBoundingClientRect()
    viewer.goTo(pane, Math.min(count - 1, Math.max(0, Math.floor((event.clientY - top) / height * count))))
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const to = ({ ArrowDown: index + 1, ArrowRight: index + 1, ArrowUp: index - 1, ArrowLeft: index - 1, PageDown: index + PAGE, PageUp: index - PAGE, Home: 0, End: count - 1 } as Record<string, number>)[event.key]
    if (to === undefined || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    event.stopPropagation()
    viewer.goTo(pane, to)
  }
  return (
    <div
      ref={bar} class='v-bar' role='slider' tabIndex={0} aria-orientation='vertical' aria-label={`${pane.plane} slice of ${study.id}`}
      aria-valuemin={0} aria-valuemax={count - 1} aria-valuenow={index} aria-valuetext={spoken(viewer, pane, study, slice)}
      onKeyDown={onKeyDown} onFocus={() => viewer.activate(pane)}
      onPointerDown={(event) => { bar.current!.setPointerCapture(event.pointerId); viewer.activate(pane); goTo(event) }}
      onPointerMove={(event) => { if (bar.current!.hasPointerCapture(event.pointerId)) goTo(event) }}
    >
      <svg viewBox={`0 0 ${WIDTH} ${count}`} preserveAspectRatio='none' aria-hidden='true'>
        <path class='v-lung' d={areaOf(bars.map(({ lung }) => lung))} />
        <path class='v-lesion' d={areaOf(bars.map(({ lesion }) => lesion))} />
        <path class='v-loaded' d={loadedPath(study, slice)} />
      </svg>
      <i class='v-thumb' style={{ top: `${(index + 0.5) / count * 100}%` }} />
    </div>
  )
}

function barsOf (viewer: Viewer, pane: Pane, study: OpenStudy, { count }: Slice): ProfileBar[] {
  if (pane.plane === 'axial') return profileOf(study.slices)
  const lesion = viewer.lesionCounts(pane)
  return profileOf(Array.from({ length: count }, (_, index) => ({ index, lungFraction: null, lesionPixels: lesion?.[index] ?? null })))
}

/** A bar a slice, growing to the left from the edge; a slice that has any shows at least a sliver. */
function areaOf (shares: readonly number[]): string {
  return shares.map((share, n) => share === 0 ? '' : `M${WIDTH} ${n}h${-Math.max(1.5, share * (WIDTH - 6)).toFixed(2)}v1H${WIDTH}z`).join('')
}

/** A line along the slices that are here. */
function loadedPath ({ image }: OpenStudy, slice: Slice): string {
  if (image === undefined) return ''
  let path = ''
  for (let n = 0, since = -1; n <= slice.count; n++) {
    const isHere = n < slice.count && image.has({ ...slice, index: n })
    if (isHere && since < 0) since = n
    if (!isHere && since >= 0) {
      path += `M0 ${since}h2V${n}H0z`
      since = -1
    }
  }
  return path
}

function spoken (viewer: Viewer, pane: Pane, study: OpenStudy, { index, count }: Slice): string {
  const facts = pane.plane === 'axial' ? study.slices[index] : undefined
  const lesion = facts?.lesionPixels ?? viewer.lesionCounts(pane)?.[index]
  return [
    `slice ${index}, the last is ${count - 1}`,
    facts?.lungFraction != null && `${(facts.lungFraction * 100).toFixed(0)} percent lung`,
    lesion != null && (lesion === 0 ? 'no lesion' : `${lesion} lesion pixels`)
  ].filter((part) => part !== false).join(', ')
}
