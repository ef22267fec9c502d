import { effect, untracked, useComputed, useSignalEffect } from '@preact/signals'
import type { RefObject } from 'preact'
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { planeAxis } from '../image/planes.js'
import { commandOf } from '../input/keys.js'
import { Head } from '../parts/viewer/head.js'
import { Help } from '../parts/viewer/help.js'
import { Solid } from '../parts/viewer/solid.js'
import { Stage } from '../parts/viewer/stage.js'
import { Status } from '../parts/viewer/status.js'
import { Toolbar } from '../parts/viewer/toolbar.js'
import { address, go, params, path, set } from '../state/location.js'
import { neighboursOf, type Neighbours } from '../state/neighbours.js'
import { changed } from '../state/search.js'
import { shelf } from '../state/shelf.js'
import { viewChanges } from '../state/view.js'
import { Viewer } from '../state/viewer.js'
import { runCommand } from '../state/viewer-commands.js'
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
  // Before the first paint: the slice of the link is asked for at once.
  useLayoutEffect(() => viewer.start(), [viewer])
  const writeAddress = useAddress(viewer)
  useCine(viewer)
  useFocus(viewer, root)

  const onKeyDown = (event: KeyboardEvent) => {
    const target = event.target as HTMLElement
    if (target.closest('dialog') !== null || isTaken(target, event.key)) return
    const command = commandOf(event)
    if (command === undefined) return
    event.preventDefault()
    if (command.name !== 'study') return runCommand(viewer, command)
    const to = command.step > 0 ? neighbours?.next : neighbours?.previous
    if (to !== undefined) go(neighbourAddress(viewer, to))
  }
  const copyLink = async () => {
    writeAddress()
    await navigator.clipboard.writeText(location.href)
  }
  const layout = useComputed(() => viewer.view.value.layout).value
  const panes = viewer.panes.value
  return (
    <section ref={root} class='viewer' aria-label={`Viewer of ${studyId}`} onKeyDown={onKeyDown}>
      <Head viewer={viewer} neighbours={neighbours} addressOf={(id) => neighbourAddress(viewer, id)} copyLink={copyLink} openSolid={() => setSolid(true)} />
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

/** Keeps the focus where keys act: on the active pane at first, and wherever it goes. What else has the focus keeps it. */
function useFocus (viewer: Viewer, root: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    let frame = 0
    const follow = (isFree: (element: Element | null) => boolean) => {
      cancelAnimationFrame(frame)
      frame = requestAnimationFrame(() => {
        const stage = root.current?.querySelector<HTMLElement>(`[data-pane="${viewer.active.key}"]`)
        if (isFree(document.activeElement)) stage?.focus({ preventScroll: true })
      })
    }
    const isNowhere = (element: Element | null) => element === null || element === document.body
    follow((element) => isNowhere(element) || element?.tagName === 'A')
    let last = viewer.active.key
    const stop = effect(() => {
      const { key } = viewer.active
      if (key !== last) follow((element) => isNowhere(element) || element?.className === 'v-stage')
      last = key
    })
    return () => { stop(); cancelAnimationFrame(frame) }
  }, [viewer])
}

/** Keeps the address and the view in step. @returns writes what has not been written yet */
function useAddress (viewer: Viewer): () => void {
  const written = useRef('')
  // The page may already be another one when a change is noticed.
  const ours = useMemo(() => path.peek(), [viewer])
  const write = useMemo(() => () => {
    if (path.peek() !== ours) return
    const { plane, lead } = viewer.view.peek()
    const grid = viewer.studies.peek()[lead]?.grid
    set(viewChanges(viewer.view.peek(), grid && planeAxis(grid, plane)), { replace: true })
    written.current = params.peek().toString()
  }, [viewer])
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const { dataset } = document.body
    const stopWriting = effect(() => {
      if (viewer.view.value.at === undefined) return
      clearTimeout(timer)
      dataset['address'] = 'behind' // for tests, which cannot see a timer
      timer = setTimeout(() => {
        write()
        delete dataset['address']
      }, ADDRESS_PAUSE_MS)
    })
    written.current = params.peek().toString()
    const stopReading = effect(() => {
      if (params.value.toString() !== written.current && path.peek() === ours) {
        written.current = params.value.toString()
        untracked(() => viewer.readAddress(params.value))
      }
    })
    return () => { clearTimeout(timer); delete dataset['address']; stopWriting(); stopReading() }
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

/** What stays from study to study: how pictures look, and what the page does not know, such as the cohort that is leafed through. */
const OF_ONE_STUDY = ['slice', 'at', 'lead', 'frame', 'with', 'link', 'own', 'measure', 'cine']

function neighbourAddress (viewer: Viewer, id: string): string {
  // The address follows the view at rest only, so it is worked out from both.
  const known = { ...viewChanges(viewer.view.value, undefined), ...Object.fromEntries(OF_ONE_STUDY.map((name) => [name, null])) }
  return `${address(`studies/${encodeURIComponent(id)}`)}?${changed(params.value, known).toString()}`
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
