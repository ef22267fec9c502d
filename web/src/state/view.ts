import { LINKS, type Link } from '../image/alignment.js'
import type { Point } from '../image/affine.js'
import { OVERLAY_STYLES, type OverlayStyle } from '../image/overlay.js'
import { ORIENTATIONS, PLANES, type Orientation, type Plane, type StoredAxis } from '../image/planes.js'
import { FIT, type Framing } from '../image/stage.js'
import { parseWindow, PRESETS, windowText, type Window } from '../image/window.js'
import { TOOLS, type Tool } from '../input/keys.js'
import type { Changes } from './search.js'

export const LAYOUTS = ['one', 'three', 'compare'] as const
export type Layout = typeof LAYOUTS[number]
/** Studies side by side, the page's own among them. */
export const MOST_STUDIES = 4

/** A distance, or an ellipse by two corners of its box, on a slice; `a` and `b` are voxels, not necessarily whole ones. */
export interface Measurement { readonly kind: 'ruler' | 'roi', readonly study: number, readonly plane: Plane, readonly a: Point, readonly b: Point }

/** All of what the viewer shows, as its address has it. */
export interface View {
  readonly layout: Layout
  /** the plane that is looked at; of three, the one that is active */
  readonly plane: Plane
  /** the study, by its place in the row, that leads: `slice` and `at` are its own */
  readonly lead: number
  /** index along `plane`; undefined: the slice that tells most */
  readonly slice: number | undefined
  /** the crosshair, a voxel; its coordinate along `plane` gives way to `slice` */
  readonly at: Point | undefined
  readonly window: Window
  readonly inverted: boolean
  readonly mask: OverlayStyle
  /** undefined: as the service draws it */
  readonly opacity: number | undefined
  /** the label set that is shown, where a dataset has several labels; undefined: the first that a study has */
  readonly set: string | undefined
  /** names of labels that are not drawn */
  readonly hidden: readonly string[]
  readonly orientation: Orientation
  readonly flipH: boolean
  readonly flipV: boolean
  readonly frames: Readonly<Partial<Record<Plane, Framing>>>
  /** further studies in the row */
  readonly others: readonly string[]
  readonly link: Link
  /** where studies stand that are not linked: an index along `plane` each, by place in the row */
  readonly own: readonly (number | undefined)[]
  readonly tool: Tool
  readonly measurements: readonly Measurement[]
  readonly cine: boolean
}

/** What a person keeps from study to study, where a link does not say. */
export interface Habits { readonly window: Window, readonly mask: OverlayStyle, readonly opacity: number | undefined }
export const DEFAULT_HABITS: Habits = { window: PRESETS[0].window, mask: 'outline', opacity: undefined }

/** Read an address. What cannot be read is as if it were not there. */
export function parseView (params: URLSearchParams, habits: Habits): View {
  const others = list(params, 'with').slice(0, MOST_STUDIES - 1)
  const flip = params.get('flip') ?? ''
  return {
    layout: oneOf(LAYOUTS, params.get('layout')) ?? (others.length > 0 ? 'compare' : 'one'),
    plane: oneOf(PLANES, params.get('plane')) ?? 'axial',
    lead: Math.min(whole(params.get('lead')) ?? 0, others.length),
    slice: whole(params.get('slice')),
    at: point((params.get('at') ?? '').split(',')),
    window: parseWindow(params.get('window') ?? '') ?? habits.window,
    inverted: params.get('invert') === '1',
    mask: oneOf(OVERLAY_STYLES, params.get('mask')) ?? habits.mask,
    opacity: share(params.get('opacity')) ?? habits.opacity,
    set: params.get('set') ?? undefined,
    hidden: list(params, 'hide'),
    orientation: oneOf(ORIENTATIONS, params.get('orientation')) ?? 'radiological',
    flipH: flip.includes('h'),
    flipV: flip.includes('v'),
    frames: Object.fromEntries(list(params, 'frame').map(frame).filter((found) => found !== undefined)),
    others,
    link: oneOf(LINKS, params.get('link')) ?? 'lungs',
    own: (params.get('own') ?? '').split(',').map((text) => whole(text)),
    tool: oneOf(TOOLS, params.get('tool')) ?? 'profile',
    measurements: list(params, 'measure').map(measurement).filter((found) => found !== undefined),
    cine: params.get('cine') === '1'
  }
}

/**
 * The parameters of a view. What is as by default is left out, but for what a person's habits would change: a link
 * shows everybody the same.
 *
 * @param axis the stored axis of the plane in the leading study, as soon as it is known: `slice` is then read from `at`
 */
export function viewChanges (view: View, axis: StoredAxis | undefined): Changes {
  const { at } = view
  return {
    layout: view.layout === (view.others.length > 0 ? 'compare' : 'one') ? null : view.layout,
    plane: view.plane === 'axial' ? null : view.plane,
    lead: view.lead === 0 ? null : view.lead,
    slice: (at !== undefined && axis !== undefined ? at[axis] : view.slice) ?? null,
    at: at === undefined || (view.layout !== 'three' && view.tool !== 'cross') ? null : at.join(','),
    window: windowText(view.window),
    invert: view.inverted ? '1' : null,
    mask: view.mask,
    opacity: view.opacity ?? null,
    set: view.set ?? null,
    hide: view.hidden,
    orientation: view.orientation === 'radiological' ? null : view.orientation,
    flip: `${view.flipH ? 'h' : ''}${view.flipV ? 'v' : ''}`,
    frame: Object.entries(view.frames).filter(([, framing]) => !isFit(framing)).map(([plane, { zoom, panX, panY }]) => [plane, zoom, panX, panY].map(rounded).join('~')),
    with: view.others,
    link: view.others.length === 0 || view.link === 'lungs' ? null : view.link,
    own: view.link === 'off' && view.others.length > 0 ? view.own.map((index) => index ?? '').join(',') : null,
    tool: view.tool === 'profile' ? null : view.tool,
    measure: view.measurements.map(({ kind, study, plane, a, b }) => [kind, study, plane, a.map(rounded).join('_'), b.map(rounded).join('_')].join('~')),
    cine: view.cine ? '1' : null
  }
}

export const isFit = ({ zoom, panX, panY }: Framing = FIT) => zoom === 1 && panX === 0 && panY === 0

const rounded = (value: number | string) => typeof value === 'number' ? Number(value.toFixed(3)) : value

function list (params: URLSearchParams, name: string): string[] {
  return params.getAll(name).flatMap((text) => text.split(',')).filter((text) => text !== '')
}

function oneOf<Value extends string> (values: readonly Value[], text: string | null): Value | undefined {
  return values.find((value) => value === text)
}

function number (text: string | null | undefined): number | undefined {
  return text == null || text.trim() === '' || !Number.isFinite(Number(text)) ? undefined : Number(text)
}

function whole (text: string | null): number | undefined {
  const value = number(text)
  return value !== undefined && Number.isInteger(value) && value >= 0 ? value : undefined
}

function share (text: string | null): number | undefined {
  const value = number(text)
  return value === undefined ? undefined : Math.min(1, Math.max(0, value))
}

function point (parts: readonly string[]): Point | undefined {
  const [i, j, k] = parts.map((part) => number(part))
  return parts.length === 3 && i !== undefined && j !== undefined && k !== undefined ? [i, j, k] : undefined
}

function frame (text: string): [Plane, Framing] | undefined {
  const [name, ...rest] = text.split('~')
  const plane = oneOf(PLANES, name!)
  const [zoom, panX, panY] = rest.map((part) => number(part))
  if (plane === undefined || zoom === undefined || zoom <= 0 || panX === undefined || panY === undefined) return undefined
  return [plane, { zoom, panX, panY }]
}

function measurement (text: string): Measurement | undefined {
  const [name, study, on, from, to] = text.split('~')
  const [kind, plane] = [oneOf(['ruler', 'roi'], name!), oneOf(PLANES, on ?? '')]
  const [a, b] = [point((from ?? '').split('_')), point((to ?? '').split('_'))]
  if (kind === undefined || plane === undefined || a === undefined || b === undefined) return undefined
  return { kind, study: whole(study ?? null) ?? 0, plane, a, b }
}
