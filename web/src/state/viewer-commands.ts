import { LINKS } from '../image/alignment.js'
import { OVERLAY_STYLES } from '../image/overlay.js'
import { nearestVoxel, placeOn, voxelAt } from '../image/planes.js'
import { nextLesion } from '../image/profile.js'
import { FIT, panned, zoomedAbout } from '../image/stage.js'
import { PRESETS } from '../image/window.js'
import type { Command } from '../input/keys.js'
import { LAYOUTS } from './view.js'
import type { Pane, Viewer } from './viewer.js'

const OPACITY_STEP = 0.1
/** A stage that has not been measured yet, CSS pixels. */
const SOME_STAGE = { width: 512, height: 512 }

/** What a pane can be asked for; another study is the page's to go to. */
export type PaneCommand = Exclude<Command, { name: 'study' }>

/** Do what a key or button asks for, to the active pane. */
export function runCommand (viewer: Viewer, command: PaneCommand): void {
  const pane = viewer.active
  const slice = viewer.sliceOf(pane)
  const view = viewer.view.value
  switch (command.name) {
    case 'slice': return slice && viewer.goTo(pane, slice.index + command.by)
    case 'end': return slice && viewer.goTo(pane, command.at === 'first' ? 0 : slice.count - 1)
    case 'lesion': {
      const next = slice && nextLesion(viewer.lesionSlices(pane), slice.index, command.step)
      return next === undefined ? undefined : viewer.goTo(pane, next)
    }
    case 'pane': return viewer.activate(turned(viewer.panes.value, pane, command.step))
    case 'layout': return viewer.setLayout(turned(LAYOUTS, view.layout, command.step))
    case 'plane': return viewer.change({ plane: command.plane })
    case 'preset': return viewer.setWindow(PRESETS[command.number - 1]!.window)
    case 'zoom': return viewer.setFraming(pane.plane, zoomedAbout(viewer.framing(pane.plane), command.factor, { x: 0.5, y: 0.5 }, { width: 1, height: 1 }))
    case 'pan': return viewer.setFraming(pane.plane, panned(viewer.framing(pane.plane), command.dx, command.dy, viewer.sizes.get(pane.key) ?? SOME_STAGE))
    case 'cross': return moveCross(viewer, pane, command.dx, command.dy)
    case 'tool': return viewer.setTool(command.tool)
    case 'flip': return viewer.change(command.axis === 'h' ? { flipH: !view.flipH } : { flipV: !view.flipV })
    case 'fit': return viewer.setFraming(pane.plane, FIT)
    case 'reset': return reset(viewer)
    case 'cine': return viewer.change({ cine: !view.cine })
    case 'invert': return viewer.change({ inverted: !view.inverted })
    case 'mask': return viewer.setMask({ mask: turned(OVERLAY_STYLES, view.mask, 1) })
    case 'opacityUp': return viewer.setMask({ opacity: Math.min(1, Number((viewer.opacity + OPACITY_STEP).toFixed(2))) })
    case 'opacityDown': return viewer.setMask({ opacity: Math.max(0, Number((viewer.opacity - OPACITY_STEP).toFixed(2))) })
    case 'orientation': return viewer.change({ orientation: view.orientation === 'native' ? 'radiological' : 'native' })
    case 'link': return viewer.setLink(turned(LINKS, view.link, 1))
    case 'mouse': return viewer.setMouse(viewer.mouse.value === 'window' ? 'scroll' : 'window')
    case 'mark': return mark(viewer, pane)
    case 'unmark': return viewer.change({ measurements: view.measurements.slice(0, -1) })
    case 'cancel': return cancel(viewer)
    case 'help': viewer.isHelpOpen.value = !viewer.isHelpOpen.value
  }
}

/** Move the crosshair within its slice, by pixels of the picture as it is seen. */
function moveCross (viewer: Viewer, pane: Pane, dx: number, dy: number): void {
  const [slice, at, grid] = [viewer.sliceOf(pane), viewer.positions.value[pane.study], viewer.studies.value[pane.study]?.grid]
  if (slice === undefined || at === undefined || grid === undefined) return
  const { flipH, flipV } = viewer.view.value
  const { column, row } = placeOn(slice, at)
  const voxel = voxelAt(slice, column + (flipH ? -dx : dx), row + (flipV ? -dy : dy))
  viewer.moveTo(pane.study, voxel)
  viewer.probe.value = { pane, voxel: nearestVoxel(grid, voxel) }
}

/** Set a point of a measurement at the crosshair: the first, or the second. */
function mark (viewer: Viewer, pane: Pane): void {
  const { tool } = viewer.view.value
  const at = viewer.positions.value[pane.study]
  if ((tool !== 'ruler' && tool !== 'roi') || at === undefined) return
  const draft = viewer.draft.value
  if (draft === undefined || draft.kind !== tool || draft.plane !== pane.plane || draft.study !== pane.study) {
    viewer.draft.value = { kind: tool, study: pane.study, plane: pane.plane, a: at, b: at }
    return
  }
  viewer.draft.value = undefined
  viewer.addMeasurement({ ...draft, b: at })
}

function cancel (viewer: Viewer): void {
  if (viewer.draft.value !== undefined) viewer.draft.value = undefined
  else viewer.change({ tool: 'profile', cine: false })
}

function reset (viewer: Viewer): void {
  viewer.draft.value = undefined
  viewer.change({ frames: {}, inverted: false, flipH: false, flipV: false, orientation: 'radiological', measurements: [], cine: false })
  viewer.setWindow(PRESETS[0].window)
}

function turned<Value> (values: readonly Value[], value: Value, step: 1 | -1): Value {
  return values[(values.indexOf(value) + step + values.length) % values.length]!
}
