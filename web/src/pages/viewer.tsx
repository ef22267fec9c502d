import { effect, useComputed, useSignalEffect } from '@preact/signals'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { planeAxis } from '../image/planes.js'
import { commandOf } from '../input/keys.js'
import { Head } from '../parts/viewer/head.js'
import { Help } from '../parts/viewer/help.js'
import { Solid } from '../parts/viewer/solid.js'
import { Stage } from '../parts/viewer/stage.js'
import { Status } from '../parts/viewer/status.js'
import { Toolbar } from '../parts/viewer/toolbar.js'
import { address, go, params, set } from '../state/location.js'
import { neighboursOf, type Neighbours } from '../state/neighbours.js'
import { shelf } from '../state/shelf.js'
import { viewChanges } from '../state/view.js'
import { Viewer } from '../state/viewer.js'
import type { PageProps } from './pages.js'

/** The address follows at rest: browsers refuse to have it changed sixty times a second. */
const ADDRESS_PAUSE_MS = 200
const CINE_MS = 100

/** One study, or up to four side by side. */
export default function ViewerPage ({ studyId }: PageProps) {
  const viewer = useMemo(() => new Viewer(studyId, shelf, params.value), [studyId])
  const root = useRef<HTMLElement>(null)
  const [isSolid, setSolid] = useState(false)
  const neighbours = useNeighbours(viewer)
  useEffect(() => viewer.start(), [viewer])
  const writeAddress = useAddress(viewer)
  useCine(viewer)
  useEffect(() => {
    // Keys work at once; whoever has put the focus elsewhere keeps it there.
    const { activeElement } = document
    if (activeElement === null || activeElement === document.body || activeElement.tagName === 'A') root.current!.querySelector<HTMLElement>('.v-stage')?.focus({ preventScroll: true })
  }, [viewer])

  const onKeyDown = (event: KeyboardEvent) => {
    const target = event.target as HTMLElement
    if (target.closest('dialog') !== null || isTaken(target, event.key)) return
    const command = commandOf(event)
    if (command === undefined) return
    event.preventDefault()
    if (command.name !== 'study') return viewer.run(command)
    const to = command.step > 0 ? neighbours?.next : neighbours?.previous
    if (to !== undefined) go(neighbourAddress(to))
  }
  const copyLink = async () => {
    writeAddress()
    await navigator.clipboard.writeText(location.href)
  }
  const layout = useComputed(() => viewer.view.value.layout).value
  const panes = viewer.panes.value
  return (
    <section ref={root} class='viewer' aria-label={`Viewer of ${studyId}`} onKeyDown={onKeyDown}>
      <Head viewer={viewer} neighbours={neighbours} addressOf={neighbourAddress} copyLink={copyLink} openSolid={() => setSolid(true)} />
      <Toolbar viewer={viewer} />
      <div class={`v-stages v-${layout} v-count-${panes.length}`}>
        {panes.map((pane) => <Stage key={pane.key} viewer={viewer} pane={pane} isSmall={panes.length > 2} />)}
      </div>
      <Status viewer={viewer} />
      {viewer.isHelpOpen.value && <Help close={() => { viewer.isHelpOpen.value = false }} />}
      {isSolid && <Solid id={studyId} hasMask={viewer.studies.value[0]?.facts?.mask != null} close={() => setSolid(false)} />}
    </section>
  )
}

/** Keys that the focused control needs itself. */
function isTaken (target: HTMLElement, key: string): boolean {
  if (target instanceof HTMLInputElement && target.type === 'range') return /^(Arrow|Home|End|Page)/.test(key)
  if (target.matches('input, textarea, select')) return true
  return target.matches('button, a') && (key === ' ' || key === 'Enter')
}

/** Keeps the address and the view in step. @returns writes what has not been written yet */
function useAddress (viewer: Viewer): () => void {
  const written = useRef('')
  const write = useMemo(() => () => {
    const { plane, lead } = viewer.view.peek()
    const grid = viewer.studies.peek()[lead]?.grid
    set(viewChanges(viewer.view.peek(), grid && planeAxis(grid, plane)), { replace: true })
    written.current = params.peek().toString()
  }, [viewer])
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const stopWriting = effect(() => {
      if (viewer.view.value.at === undefined) return
      clearTimeout(timer)
      timer = setTimeout(write, ADDRESS_PAUSE_MS)
    })
    written.current = params.peek().toString()
    const stopReading = effect(() => {
      if (params.value.toString() !== written.current) {
        written.current = params.value.toString()
        viewer.readAddress(params.value)
      }
    })
    return () => { clearTimeout(timer); stopWriting(); stopReading() }
  }, [viewer])
  return write
}

/** Plays the active stack, round and round. */
function useCine (viewer: Viewer): void {
  useSignalEffect(() => {
    if (!viewer.view.value.cine) return
    const timer = setTimeout(() => {
      const slice = viewer.sliceOf(viewer.active)
      if (slice !== undefined) viewer.goTo(viewer.active, (slice.index + 1) % slice.count)
    }, CINE_MS)
    return () => clearTimeout(timer)
  })
}

/** What stays from study to study: how pictures look, and the cohort that is leafed through. */
const KEPT = ['window', 'mask', 'opacity', 'plane', 'orientation', 'invert', 'cohort', 'worklist']

function neighbourAddress (id: string): string {
  return address(`studies/${encodeURIComponent(id)}`, Object.fromEntries(KEPT.map((name) => [name, params.value.get(name)])))
}

/** The studies before and after this one, once its own voxels are here; the next one of a cohort is then loaded ahead. */
function useNeighbours (viewer: Viewer): Neighbours | undefined {
  const [neighbours, setNeighbours] = useState<Neighbours>()
  const cohort = params.value.get('cohort')
  const isSettled = useComputed(() => viewer.studies.value.every((study) => study.facts !== undefined && (study.isComplete || study.problem !== undefined))).value
  useEffect(() => {
    if (!isSettled) return
    let isCurrent = true
    neighboursOf(viewer.studyId, cohort ?? '').then((found) => {
      if (!isCurrent) return
      setNeighbours(found)
      if (found?.next !== undefined && cohort !== null) shelf.prefetch(found.next, { plane: 'axial', index: undefined })
    }, () => {})
    return () => { isCurrent = false }
  }, [isSettled, cohort])
  return neighbours
}
