import { effect, useSignal } from '@preact/signals'
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import { physicalExtent } from '../../image/extent.js'
import { mirroredLetters } from '../../image/planes.js'
import { placement, type Size } from '../../image/stage.js'
import type { Pane, Viewer } from '../../state/viewer.js'
import { offFrame, onFrame } from '../../state/on-frame.js'
import { Marks } from './marks.js'
import { Notice } from './notice.js'
import { PanePicture } from './pane-picture.js'
import { listenToPointers } from './pane-pointer.js'
import { SliceBar } from './slice-bar.js'

/** Above this many CSS pixels a picture's pixel is shown as the square it is. */
const SHOW_SQUARES = 6

/** One picture with its letters, marks and slice bar. */
export function Stage ({ viewer, pane, isSmall }: { viewer: Viewer, pane: Pane, isSmall: boolean }) {
  const stage = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const size = useSignal<Size>({ width: 0, height: 0 })
  const isDrawn = useSignal(false)
  const current = useRef(pane)
  current.current = pane

  useLayoutEffect(() => {
    const element = stage.current!
    const measure = () => {
      size.value = { width: element.clientWidth, height: element.clientHeight }
      viewer.sizes.set(pane.key, size.value)
    }
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    measure()
    const stop = listenToPointers(element, () => current.current, viewer)
    return () => { observer.disconnect(); stop(); viewer.sizes.delete(pane.key) }
  }, [])

  const picture = useMemo(() => new PanePicture(), [])
  useLayoutEffect(() => {
    const draw = () => {
      // A pane that was just taken away may still be asked to draw.
      if (canvas.current !== null) isDrawn.value = drawPane(viewer, pane, picture, canvas.current, size.peek())
    }
    const stop = effect(() => {
      // Whatever of these changes, the next frame shows it.
      const slice = viewer.sliceOf(pane)
      const { width } = size.value
      const [{ window }, studies] = [viewer.view.value, viewer.studies.value]
      if (slice === undefined || width === 0 || window === undefined || studies.length === 0) return
      studies[pane.study]?.demand(pane.key, slice.plane, slice.index)
      onFrame(draw)
    })
    return () => { stop(); offFrame(draw) }
  }, [pane.key, pane.plane, pane.study])

  const { view } = viewer
  const slice = viewer.sliceOf(pane)
  const study = viewer.studies.value[pane.study]
  const letters = slice && mirroredLetters(slice.letters, view.value.flipH, view.value.flipV)
  const isActive = viewer.panes.value.length > 1 && viewer.active.key === pane.key
  return (
    <div class={`v-pane${isActive ? ' is-active' : ''}`} data-plane={pane.plane}>
      <div
        ref={stage} class='v-stage' tabIndex={0} role='application' aria-roledescription='picture' data-tool={view.value.tool} data-pane={pane.key}
        aria-label={`${pane.plane} picture of ${study?.id ?? ''}; keys: question mark`} onFocus={() => viewer.activate(pane)}
      >
        <canvas ref={canvas} class='v-canvas' width={1} height={1} hidden={!isDrawn.value} />
        {isDrawn.value && letters !== undefined && slice !== undefined && (
          <>
            <Marks viewer={viewer} pane={pane} slice={slice} size={size.value} />
            {(['left', 'right', 'top', 'bottom'] as const).map((edge) => <b key={edge} class={`v-letter v-${edge}`}>{letters[edge]}</b>)}
          </>
        )}
        {slice !== undefined && <Corner viewer={viewer} pane={pane} isSmall={isSmall} />}
        <Notice study={study} slice={slice} isDrawn={isDrawn.value} retry={() => viewer.retry(pane.study)} />
      </div>
      <SliceBar viewer={viewer} pane={pane} />
    </div>
  )
}

/** What a pane shows, in its upper left corner. */
function Corner ({ viewer, pane, isSmall }: { viewer: Viewer, pane: Pane, isSmall: boolean }) {
  const { view, studies } = viewer
  const slice = viewer.sliceOf(pane)!
  const study = studies.value[pane.study]!
  const { layout, inverted, flipH, flipV, orientation, others } = view.value
  const { center, width } = view.value.window
  const states = [inverted && 'inverted', (flipH || flipV) && 'mirrored', orientation === 'native' && 'stored order'].filter((one) => one !== false)
  return (
    <>
      <div class='v-corner v-nw'>
        {layout === 'compare' && others.length > 0 ? <><b>{study.id}</b>{study.facts?.category != null && ` ${study.facts.category}`}<br /></> : null}
        <span class='v-plane'>{pane.plane}</span> {slice.index}<span class='v-of'> / {slice.count - 1}</span>
        {states.length > 0 && <><br /><span class='v-state'>{states.join(', ')}</span></>}
      </div>
      {!isSmall && <div class='v-corner v-ne'>C {center} W {width}</div>}
      {layout === 'compare' && pane.study > 0 && (
        <button class='v-remove' title={`Take ${study.id} out`} aria-label={`Take ${study.id} out`} onClick={() => viewer.removeStudy(pane.study)}>×</button>
      )}
    </>
  )
}

function drawPane (viewer: Viewer, pane: Pane, picture: PanePicture, canvas: HTMLCanvasElement, stage: Size): boolean {
  const [slice, study, view] = [viewer.sliceOf(pane), viewer.studies.value[pane.study], viewer.view.value]
  if (slice === undefined || study === undefined || !picture.draw(canvas, study, slice, view, viewer.opacity)) return false
  const extent = physicalExtent(slice)
  const { left, top, scale } = placement(extent, stage, viewer.framing(pane.plane))
  const [x, y] = [view.flipH ? left + extent.columns * scale : left, view.flipV ? top + extent.rows * scale : top]
  canvas.style.transform = `matrix(${view.flipH ? -scale : scale}, 0, 0, ${view.flipV ? -scale : scale}, ${x}, ${y})`
  canvas.style.imageRendering = scale >= SHOW_SQUARES ? 'pixelated' : 'auto'
  // What is drawn, for whoever looks from outside: the tests compare it with the service's picture of this.
  canvas.dataset['shown'] = `${study.id} ${slice.plane} ${slice.index}${study.image!.has(slice) ? '' : ' partly'}`
  return true
}
