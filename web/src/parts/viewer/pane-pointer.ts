import type { Point } from '../../image/affine.js'
import { physicalExtent, resampledPlace } from '../../image/extent.js'
import { nearestVoxel, placeOn, voxelAt, type Slice } from '../../image/planes.js'
import { panned, placement, zoomedAbout, type Size } from '../../image/stage.js'
import { draggedWindow } from '../../image/window.js'
import { Contacts, dragOf, PIXELS_PER_DOUBLING, PIXELS_PER_SLICE, Wheel, type Contact, type Drag } from '../../input/pointers.js'
import type { Pane, Viewer } from '../../state/viewer.js'
import { runCommand } from '../../state/viewer-commands.js'

/** Where a voxel of a slice lies on its stage, in CSS pixels; mirrored as the picture is. */
export function onStage (viewer: Viewer, slice: Slice, voxel: Point, stage: Size): Contact {
  const picture = physicalExtent(slice)
  const { left, top, scale } = placement(picture, stage, viewer.framing(slice.plane))
  const { flipH, flipV } = viewer.view.value
  const { column, row } = placeOn(slice, voxel)
  const x = resampledPlace(column, slice.columns, picture.columns) + 0.5
  const y = resampledPlace(row, slice.rows, picture.rows) + 0.5
  return { x: left + scale * (flipH ? picture.columns - x : x), y: top + scale * (flipV ? picture.rows - y : y) }
}

/** The voxel, not rounded, that lies at a place of the stage. */
export function underStage (viewer: Viewer, slice: Slice, { x, y }: Contact, stage: Size): Point {
  const picture = physicalExtent(slice)
  const { left, top, scale } = placement(picture, stage, viewer.framing(slice.plane))
  const { flipH, flipV } = viewer.view.value
  const [column, row] = [(x - left) / scale, (y - top) / scale]
  return voxelAt(
    slice,
    resampledPlace((flipH ? picture.columns - column : column) - 0.5, picture.columns, slice.columns),
    resampledPlace((flipV ? picture.rows - row : row) - 0.5, picture.rows, slice.rows)
  )
}

/** Puts what a mouse, pen or fingers do on a stage into effect. @returns what takes the listeners off again */
export function listenToPointers (stage: HTMLElement, pane: () => Pane, viewer: Viewer): () => void {
  const contacts = new Contacts()
  const wheel = new Wheel()
  let move: ((to: Contact) => void) | undefined
  let end: (() => void) | undefined
  const size = (): Size => ({ width: stage.clientWidth, height: stage.clientHeight })
  const place = ({ clientX, clientY }: MouseEvent): Contact => {
    const { left, top } = stage.getBoundingClientRect()
    return { x: clientX - left, y: clientY - top }
  }

  /** What a drag that begins here does from now on. */
  const begin = (drag: Drag, from: Contact): void => {
    const [on, view] = [pane(), viewer.view.value]
    const slice = viewer.sliceOf(on)
    if (slice === undefined) return
    const framing = viewer.framing(on.plane)
    switch (drag) {
      case 'window':
        move = ({ x, y }) => viewer.setWindow(draggedWindow(view.window, x - from.x, y - from.y))
        break
      case 'scroll':
        move = ({ y }) => viewer.goTo(on, slice.index + Math.trunc((y - from.y) / PIXELS_PER_SLICE))
        break
      case 'zoom':
        move = ({ y }) => viewer.setFraming(on.plane, zoomedAbout(framing, 2 ** ((from.y - y) / PIXELS_PER_DOUBLING), from, size()))
        break
      case 'pan':
        move = ({ x, y }) => viewer.setFraming(on.plane, panned(framing, x - from.x, y - from.y, size()))
        break
      case 'cross':
        move = (to) => viewer.moveTo(on.study, underStage(viewer, slice, to, size()))
        move(from)
        break
      case 'ruler':
      case 'roi': {
        const a = underStage(viewer, slice, from, size())
        move = (to) => { viewer.draft.value = { kind: drag, study: on.study, plane: on.plane, a, b: underStage(viewer, slice, to, size()) } }
        end = () => {
          const drawn = viewer.draft.value
          viewer.draft.value = undefined
          if (drawn !== undefined) viewer.addMeasurement(drawn)
        }
      }
    }
  }

  const stop = (): void => {
    const finish = end
    move = end = undefined
    finish?.()
  }

  const listeners: { [Name in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[Name]) => void } = {
    pointerdown: (event) => {
      // Buttons on the stage are pressed, not dragged: a captured pointer would keep the click from them.
      if ((event.target as Element).closest('button') !== null) return
      stage.focus({ preventScroll: true })
      viewer.activate(pane())
      const at = place(event)
      contacts.down(event.pointerId, at)
      stage.setPointerCapture(event.pointerId)
      if (contacts.count > 1) return stop()
      // A finger has no other way to leaf through.
      const { tool } = viewer.view.value
      const drag = event.pointerType === 'touch' && tool === 'profile' ? 'scroll' : dragOf(event.button, event.shiftKey, tool, viewer.mouse.value)
      if (drag !== undefined) begin(drag, at)
    },
    pointermove: (event) => {
      const at = place(event)
      const pinch = contacts.move(event.pointerId, at)
      if (pinch !== undefined) {
        const { plane } = pane()
        viewer.setFraming(plane, panned(zoomedAbout(viewer.framing(plane), pinch.factor, pinch.at, size()), pinch.dx, pinch.dy, size()))
        return
      }
      move?.(at)
      probe(at)
    },
    pointerup: (event) => { contacts.up(event.pointerId); stop() },
    pointercancel: (event) => { contacts.up(event.pointerId); viewer.draft.value = undefined; stop() },
    pointerleave: () => { if (contacts.count === 0) viewer.probe.value = undefined },
    contextmenu: (event) => event.preventDefault(),
    dblclick: () => runCommand(viewer, { name: 'fit' }),
    wheel: (event) => {
      event.preventDefault()
      const on = pane()
      // A trackpad's pinch comes as a wheel with Ctrl.
      if (event.ctrlKey) return viewer.setFraming(on.plane, zoomedAbout(viewer.framing(on.plane), 2 ** (-event.deltaY / 100), place(event), size()))
      const notches = wheel.notches(event.deltaY, event.deltaMode, event.timeStamp)
      const slice = viewer.sliceOf(on)
      if (notches === 0 || slice === undefined) return
      viewer.activate(on)
      viewer.goTo(on, slice.index + notches)
      probe(place(event))
    }
  }

  function probe (at: Contact): void {
    const on = pane()
    const [slice, grid] = [viewer.sliceOf(on), viewer.studies.value[on.study]?.grid]
    if (slice === undefined || grid === undefined) return
    const voxel = underStage(viewer, slice, at, size())
    const nearest = nearestVoxel(grid, voxel)
    const isInside = nearest.every((value, axis) => Math.abs(value - voxel[axis]!) <= 0.5)
    viewer.probe.value = isInside ? { pane: on, voxel: nearest } : undefined
  }

  for (const [name, listener] of Object.entries(listeners)) stage.addEventListener(name, listener as EventListener, { passive: false })
  return () => {
    for (const [name, listener] of Object.entries(listeners)) stage.removeEventListener(name, listener as EventListener)
  }
}
