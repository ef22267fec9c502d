import { batch, computed, effect, signal, untracked } from '@preact/signals'
import type { Point } from '../image/affine.js'
import { linkedVoxel } from '../image/alignment.js'
import { DEFAULT_OPACITY } from '../image/overlay.js'
import { nearestVoxel, PLANES, planeAxis, sliceThrough, withCoordinate, type Grid, type Plane, type Slice } from '../image/planes.js'
import { slicesWith } from '../image/labels.js'
import { labelCounts } from '../image/profile.js'
import { FIT, type Framing, type Size } from '../image/stage.js'
import type { Window } from '../image/window.js'
import type { Tool } from '../input/keys.js'
import type { MouseProfile } from '../input/pointers.js'
import type { FillingVolume } from '../volume/filling-volume.js'
import type { OpenStudy } from '../volume/open-study.js'
import type { Shelf } from '../volume/shelf.js'
import { keepHabits, keptHabits } from './habits.js'
import { offFrame, onFrame } from './on-frame.js'
import { MOST_STUDIES, parseView, type Layout, type Measurement, type View } from './view.js'

/** One picture on the page: a plane of one of the studies. */
export interface Pane { readonly key: string, readonly study: number, readonly plane: Plane }

/** What is seen, and how it changes; `viewer-commands.ts` says which key or button asks for what. */
export class Viewer {
  readonly view
  readonly mouse = signal<MouseProfile>('window')
  /** the voxel under the pointer, and the pane it is in */
  readonly probe = signal<{ pane: Pane, voxel: Point } | undefined>(undefined)
  /** a measurement that is being drawn */
  readonly draft = signal<Measurement | undefined>(undefined)
  readonly isHelpOpen = signal(false)
  /** the page's own first; changes, once a frame at most, when anything of a study has come */
  readonly studies = signal<readonly OpenStudy[]>([])
  /** stages by pane, in CSS pixels */
  readonly sizes = new Map<string, Size>()
  private readonly counts = new WeakMap<FillingVolume, ReturnType<typeof labelCounts>>()
  private isPlaced = false

  readonly panes = computed<readonly Pane[]>(() => {
    const { layout, plane, others } = this.shape.value
    if (layout === 'three') return PLANES.map((one) => ({ key: one, study: 0, plane: one }))
    return Array.from({ length: layout === 'compare' ? others + 1 : 1 }, (_, study) => ({ key: `study ${study}`, study, plane }))
  })

  /** The part of the view that says which panes there are: equal while nothing of it changes. */
  private readonly shape

  /** Where each study stands; undefined until it is known. */
  readonly positions = computed<readonly (Point | undefined)[]>(() => {
    const { at, lead, link, own, plane } = this.view.value
    const studies = this.studies.value
    const leading = studies[lead]
    return studies.map((study, n) => {
      if (n === lead || at === undefined || study.grid === undefined || leading?.grid === undefined) return n === lead && study.grid !== undefined ? at : undefined
      if (link !== 'off') return linkedVoxel({ grid: leading.grid, lungs: leading.lungs }, { grid: study.grid, lungs: study.lungs }, at, link)
      return placedAt(study, plane, own[n], undefined)
    })
  })

  /** @param search the address's query */
  constructor (readonly studyId: string, private readonly shelf: Shelf, search: URLSearchParams) {
    const habits = keptHabits()
    this.view = signal<View>(parseView(search, habits))
    this.mouse.value = habits.mouse
    let last: { layout: Layout, plane: Plane, others: number } | undefined
    this.shape = computed(() => {
      const { layout, plane, others } = this.view.value
      const next = { layout, plane: layout === 'three' ? 'axial' as const : plane, others: others.length }
      if (last === undefined || JSON.stringify(next) !== JSON.stringify(last)) last = next
      return last
    })
  }

  /** Begin: studies are taken into view as the address names them. @returns what ends it, requests included */
  start (): () => void {
    const taken: OpenStudy[] = []
    const stop = effect(() => {
      const ids = [this.studyId, ...this.view.value.others]
      if (ids.join() === taken.map(({ id }) => id).join()) return
      untracked(() => this.show(ids, taken))
    })
    return () => {
      stop()
      offFrame(this.takeArrivals)
      for (const { id } of taken) this.shelf.leave(id)
    }
  }

  private show (ids: readonly string[], taken: OpenStudy[]): void {
    const { plane, slice, link, at, lead, set } = this.view.value
    const next = ids.map((id, n) => {
      const kept = taken.find((study) => study.id === id)
      if (kept !== undefined) return kept
      const study = this.shelf.take(id, { plane, index: n === lead || link === 'index' ? slice : undefined })
      study.onChange = () => this.noteArrival()
      if (set !== undefined) study.annotate(set, { plane, index: undefined })
      return study
    })
    for (const study of taken) if (!next.includes(study)) this.shelf.leave(study.id)
    taken.splice(0, taken.length, ...next)
    if (at === undefined) this.isPlaced = false
    this.studies.value = next
    this.noteArrival()
  }

  private noteArrival (): void {
    onFrame(this.takeArrivals)
  }

  private readonly takeArrivals = (): void => {
    batch(() => {
      this.studies.value = [...this.studies.value]
      this.place()
    })
  }

  /** Ask for a study again that could not be had. */
  retry (n: number): void {
    const { plane } = this.view.value
    this.studies.value[n]?.retry({ plane, index: undefined })
    this.noteArrival()
  }

  /** Find where the leading study stands, once its grid is known. */
  private place (): void {
    const { lead, plane, slice, at } = this.view.value
    const study = this.studies.value[lead]
    if (this.isPlaced || study?.grid === undefined) return
    this.isPlaced = true
    this.change({ at: placedAt(study, plane, slice, at), slice: undefined })
  }

  /** Take over an address that the browser has gone to. */
  readAddress (search: URLSearchParams): void {
    const view = parseView(search, keptHabits())
    this.isPlaced = false
    batch(() => {
      this.view.value = view
      this.place()
    })
  }

  change (changes: Partial<View>): void {
    this.view.value = { ...this.view.value, ...changes }
  }

  get active (): Pane {
    const { plane, lead } = this.view.value
    const panes = this.panes.value
    return panes.find((pane) => pane.plane === plane && pane.study === lead) ?? panes.find((pane) => pane.plane === plane) ?? panes[0]!
  }

  activate (pane: Pane): void {
    const { plane, lead } = this.view.value
    if (pane.plane === plane && pane.study === lead) return
    const voxel = this.positions.value[pane.study]
    batch(() => {
      if (pane.plane !== plane) this.change({ plane: pane.plane })
      if (pane.study !== lead && voxel !== undefined) this.moveTo(pane.study, voxel)
    })
  }

  /** Where a pane stands. undefined until it is known. */
  sliceOf ({ study, plane }: Pane): Slice | undefined {
    const [grid, at] = [this.studies.value[study]?.grid, this.positions.value[study]]
    return grid === undefined || at === undefined ? undefined : sliceThrough(grid, plane, at[planeAxis(grid, plane)], this.view.value.orientation)
  }

  /** Move a study, and with it those that are linked. */
  moveTo (study: number, voxel: Point): void {
    const grid = this.studies.value[study]?.grid
    if (grid === undefined) return
    const { lead, at, own, plane } = this.view.value
    const leading = this.studies.value[lead]?.grid
    const at2 = nearestVoxel(grid, voxel)
    if (study === lead) return this.change({ at: at2 })
    const stays = [...own]
    if (leading !== undefined && at !== undefined) stays[lead] = at[planeAxis(leading, plane)]
    this.change({ lead: study, at: at2, own: stays })
  }

  goTo (pane: Pane, index: number): void {
    const [grid, at] = [this.studies.value[pane.study]?.grid, this.positions.value[pane.study]]
    if (grid !== undefined && at !== undefined) this.moveTo(pane.study, withCoordinate(at, planeAxis(grid, pane.plane), index))
  }

  /** Slices of a plane with lesion: from the catalog for axial ones, from the mask once it is here for others. */
  lesionSlices ({ study, plane }: Pane): readonly number[] {
    const open = this.studies.value[study]
    if (plane === 'axial') return open?.set === undefined ? open?.facts?.mask?.slices ?? [] : slicesWith(open.labels, this.view.value.hidden)
    const counts = this.lesionCounts({ study, plane })
    return counts === undefined ? [] : [...counts.keys()].filter((index) => counts[index]! > 0)
  }

  /** Lesion voxels slice by slice along a plane; undefined until the mask is here. */
  lesionCounts ({ study, plane }: Pick<Pane, 'study' | 'plane'>): Uint32Array | undefined {
    const { mask, grid } = this.studies.value[study] ?? {}
    if (mask === undefined || grid === undefined || !mask.isComplete) return undefined
    const counts = this.counts.get(mask) ?? labelCounts(mask.voxels as Uint8Array, mask.shape)
    this.counts.set(mask, counts)
    return counts[planeAxis(grid, plane)]
  }

  setWindow (window: Window): void {
    this.change({ window })
    keepHabits({ window })
  }

  setMask (changes: Partial<Pick<View, 'mask' | 'opacity'>>): void {
    this.change(changes)
    const { mask, opacity } = this.view.value
    keepHabits({ mask, opacity })
  }

  /** Show a label set in the place of the mask. */
  setLabelSet (set: string): void {
    this.change({ set, hidden: [] })
    for (const study of this.studies.value) study.annotate(set, { plane: this.view.value.plane, index: undefined })
    this.noteArrival()
  }

  /** Draw a label, or leave it out. */
  toggleLabel (name: string): void {
    const { hidden } = this.view.value
    this.change({ hidden: hidden.includes(name) ? hidden.filter((one) => one !== name) : [...hidden, name] })
  }

  setMouse (mouse: MouseProfile): void {
    this.mouse.value = mouse
    keepHabits({ mouse })
  }

  get opacity (): number {
    const { mask, opacity } = this.view.value
    return opacity ?? DEFAULT_OPACITY[mask === 'off' ? 'fill' : mask]
  }

  setLayout (layout: Layout): void {
    this.change({ layout })
  }

  setTool (tool: Tool): void {
    this.draft.value = undefined
    this.change({ tool: this.view.value.tool === tool ? 'profile' : tool })
  }

  framing (plane: Plane): Framing {
    return this.view.value.frames[plane] ?? FIT
  }

  setFraming (plane: Plane, framing: Framing): void {
    this.change({ frames: { ...this.view.value.frames, [plane]: framing } })
  }

  addStudy (id: string): void {
    const { others } = this.view.value
    if (id === this.studyId || others.includes(id) || others.length >= MOST_STUDIES - 1) return
    this.change({ others: [...others, id], layout: 'compare' })
  }

  removeStudy (n: number): void {
    const { others, own, measurements, lead } = this.view.value
    const rest = others.filter((_, place) => place !== n - 1)
    const moved = (study: number) => study > n ? study - 1 : study
    const voxel = this.positions.value[0]
    this.change({
      others: rest,
      layout: rest.length === 0 ? 'one' : 'compare',
      own: own.filter((_, place) => place !== n),
      measurements: measurements.filter(({ study }) => study !== n).map((one) => ({ ...one, study: moved(one.study) })),
      ...(lead === n ? { lead: 0, at: voxel } : { lead: moved(lead) })
    })
  }

  setLink (link: View['link']): void {
    const { plane } = this.view.value
    // Those that are let go stay where they are.
    const own = this.positions.value.map((at, n) => {
      const grid = this.studies.value[n]?.grid
      return at === undefined || grid === undefined ? undefined : at[planeAxis(grid, plane)]
    })
    this.change({ link, ...(link === 'off' && { own }) })
  }

  addMeasurement (measurement: Measurement): void {
    this.change({ measurements: [...this.view.value.measurements, measurement] })
  }
}

/** Where a study is looked at first: the slice of the link, through the crosshair if it names one, else through the middle. */
function placedAt (study: OpenStudy, plane: Plane, slice: number | undefined, at: Point | undefined): Point {
  const grid = study.grid as Grid
  const axis = planeAxis(grid, plane)
  const middle = grid.shape.map((size) => Math.floor(size / 2)) as unknown as Point
  const begin = at ?? withCoordinate(middle, planeAxis(grid, 'axial'), study.telling)
  return nearestVoxel(grid, slice === undefined ? begin : withCoordinate(begin, axis, slice))
}
