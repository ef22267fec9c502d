import type { SliceFacts as ApiSliceFacts, Study } from '../api/answers.js'
import { labelsOf, setsOf, type LabelRow } from '../image/labels.js'
import { sliceThrough, type Grid, type Plane, type Slice } from '../image/planes.js'
import { lungExtent, tellingSlice } from '../image/profile.js'
import { allocate, keptDtype, readValues, type Get } from './array-answer.js'
import { FillingVolume } from './filling-volume.js'
import { isPassing, patientGet } from './patient-get.js'
import { Turns } from './turns.js'
import { fillVolume } from './volume-stream.js'

type Kind = 'image' | 'mask'
/** Where to begin: the slice of the link; without an index the one that tells most. */
export interface FirstLook { readonly plane: Plane, readonly index: number | undefined }

/**
 * A study as it comes: what the catalog says, then the slice that is looked at, then its mask, then the whole volume as a
 * stream, then the mask's. Everything is public to read; `onChange` is called when any of it changes.
 */
export class OpenStudy {
  facts: Study | undefined
  slices: readonly ApiSliceFacts[] = []
  image: FillingVolume | undefined
  /** undefined: the study has none, or it is not there yet; values are 0 and 1, or those of a label set */
  mask: FillingVolume | undefined
  /** why there is no picture; final */
  problem: Error | undefined
  maskProblem: Error | undefined
  /** why it is waited for: the service still reads the study, or is at its limit */
  waiting: Error | undefined
  onChange: () => void = () => {}
  /** the label set that was asked for */
  private wantedSet: string | undefined
  private controller = new AbortController()
  private loading: Promise<void> | undefined
  /** the slice each viewer waits for */
  private readonly demanded = new Map<string, { native: Slice, controller: AbortController }>()
  /** slices on their way */
  private readonly flying = new Set<string>()

  constructor (readonly id: string, private readonly get: Get, private readonly turns = new Turns()) {}

  get grid (): Grid | undefined {
    const { shape, axes, affine } = this.facts ?? {}
    return shape == null || axes == null || affine == null ? undefined : { shape: shape as unknown as Grid['shape'], axes, affine }
  }

  get lungs (): readonly [number, number] | undefined {
    return lungExtent(this.slices)
  }

  /** Bytes held, or about to be. */
  get bytes (): number {
    return (this.image?.voxels.byteLength ?? 0) + (this.mask?.voxels.byteLength ?? 0)
  }

  get isLoading (): boolean {
    return this.loading !== undefined
  }

  /** The slice to show where a link names none. */
  get telling (): number {
    const { grid } = this
    return grid === undefined ? 0 : tellingSlice(this.slices, sliceThrough(grid, 'axial', 0, 'native').count)
  }

  /** Begin, or go on, to load; what is there already is not asked for again, unless the file has changed since. */
  open (first: FirstLook): void {
    if (this.loading !== undefined) return
    this.controller = new AbortController()
    this.problem = undefined
    const { signal } = this.controller
    this.loading = this.load(first, signal)
      .catch((error: Error) => {
        if (signal.aborted) return
        this.problem = error
      })
      .finally(() => {
        if (this.controller.signal !== signal) return
        this.loading = undefined
        this.waiting = undefined
        this.onChange()
      })
  }

  /** Leave: every request in flight is given up. What has arrived stays. */
  close (): void {
    this.controller.abort()
    this.loading = undefined
    for (const { controller } of this.demanded.values()) controller.abort()
    this.demanded.clear()
  }

  /** The labels of the study that are shown; none where a dataset knows only lesion or not. */
  get labels (): readonly LabelRow[] {
    return this.set === undefined ? [] : labelsOf(this.facts?.labels ?? [], this.set)
  }

  /** The label set that stands in the mask's place: the one that was asked for, else the first with voxels. */
  get set (): string | undefined {
    const rows = this.facts?.labels ?? []
    const sets = setsOf(rows)
    return sets.find((set) => set === this.wantedSet) ?? sets.find((set) => labelsOf(rows, set).length > 0) ?? sets[0]
  }

  get hasAnnotation (): boolean {
    return this.facts?.labels === undefined ? this.facts?.mask != null : this.labels.length > 0
  }

  /** Show another label set. */
  annotate (set: string | undefined, first: FirstLook): void {
    const before = this.set
    this.wantedSet = set
    if (this.facts === undefined || this.set === before) return
    this.mask = undefined
    this.maskProblem = undefined
    this.close()
    this.open(first)
  }

  /** Begin anew after a problem. */
  retry (first: FirstLook): void {
    this.close()
    this.maskProblem = undefined
    this.open(first)
  }

  get isComplete (): boolean {
    return this.image?.isComplete === true && (!this.hasAnnotation || this.mask?.isComplete === true || this.maskProblem !== undefined)
  }

  /**
   * Fetch a slice ahead of the stream, since somebody looks at it. Asked for again while it comes, it comes once.
   *
   * @param viewer  whose look it is: a look at another slice gives up this one
   */
  demand (viewer: string, plane: Plane, index: number): void {
    const { image, mask, grid } = this
    // The slice of the link comes first, alone.
    if (image === undefined || image.revision === 0 || grid === undefined || this.problem !== undefined) return
    const native = sliceThrough(grid, plane, index, 'native')
    const last = this.demanded.get(viewer)
    if (last?.native.plane === plane && last.native.index === index) return
    last?.controller.abort()
    this.demanded.delete(viewer)
    const wanted = ([['image', image], ['mask', mask]] as const).filter(([kind, volume]) => volume !== undefined && !volume.has(native) && !this.flying.has(flight(kind, native)))
    if (wanted.length === 0) return
    const controller = new AbortController()
    this.demanded.set(viewer, { native, controller })
    const fetchAll = async () => {
      for (const [kind] of wanted) await this.fetchSlice(kind, native, controller.signal)
    }
    fetchAll().catch((error: Error) => {
      // The stream will say what is wrong; nothing is wrong where somebody has gone on.
      if (!controller.signal.aborted && !this.isLoading && !isPassing(error)) this.problem = error
    }).finally(() => {
      if (this.demanded.get(viewer)?.controller === controller) this.demanded.delete(viewer)
      this.onChange()
    })
  }

  private async load (first: FirstLook, signal: AbortSignal): Promise<void> {
    await this.turns.look(async () => await this.look(first, signal))
    await this.turns.stream(signal, async () => await this.fill('image', signal))
    await this.withMask(async () => await this.turns.stream(signal, async () => await this.fill('mask', signal)))
  }

  /** The slice of the link, then its mask. */
  private async look (first: FirstLook, signal: AbortSignal): Promise<void> {
    // The link's own slice is on its way before anything else is known of the study.
    const ahead = first.index === undefined || this.image !== undefined ? undefined : this.sliceAnswer('image', first.plane, first.index, signal)
    ahead?.catch(() => {})
    await this.loadFacts(signal)
    const { grid } = this
    const facts = this.facts!
    if (facts.status === 'unreadable' || facts.status === 'missing' || grid === undefined) {
      // The answer itself says what is wrong, in the words of the service.
      await (ahead ?? this.sliceAnswer('image', 'axial', 0, signal))
      throw new Error(facts.problem ?? 'The catalog has no shape for this study.')
    }
    this.image ??= this.allocated(grid)
    const native = sliceThrough(grid, first.plane, this.firstIndex(first), 'native')
    // An index past the end was brought back into the stack, whose size nobody knew before.
    const isAhead = ahead !== undefined && native.index === first.index
    if (!this.image.has(native)) await this.takeSlice('image', native, isAhead ? ahead : this.sliceAnswer('image', native.plane, native.index, signal))
    await this.withMask(async () => await this.fetchSlice('mask', native, signal))
  }

  private async loadFacts (signal: AbortSignal): Promise<void> {
    const base = `v1/studies/${encodeURIComponent(this.id)}`
    const json = async (to: string) => await (await this.get(to, {}, { signal })).json() as unknown
    do {
      const [facts, { items }] = await Promise.all([json(base), json(`${base}/slices`)]) as [Study, { items: ApiSliceFacts[] }]
      if (this.facts !== undefined && this.facts.file?.sha256 !== facts.file?.sha256) {
        this.image = undefined
        this.mask = undefined
      }
      this.facts = facts
      this.slices = items
      this.onChange()
      // A study that is still pending has no shape; its pixels say when to come back.
      if (facts.status === 'pending') await patientGet(this.get, `${base}/image/slices/0.raw`, {}, { signal }, this.wait)
    } while (this.facts?.status === 'pending')
    this.waiting = undefined
  }

  private allocated ({ shape }: Grid): FillingVolume {
    const { dtype, scaling } = this.facts!
    const scales = scaling != null && (scaling.slope !== 1 || scaling.intercept !== 0)
    return new FillingVolume(allocate(keptDtype(dtype, scales), shape[0] * shape[1] * shape[2]), shape)
  }

  private firstIndex ({ plane, index }: FirstLook): number {
    const { count } = sliceThrough(this.grid!, plane, 0, 'native')
    const wanted = index ?? (plane === 'axial' ? this.telling : Math.floor(count / 2))
    return Math.min(count - 1, Math.max(0, wanted))
  }

  /** Do something about the mask; what goes wrong with it does not keep the image from being seen. */
  private async withMask (act: () => Promise<void>): Promise<void> {
    const { facts, grid } = this
    if (facts === undefined || !this.hasAnnotation || grid === undefined || this.maskProblem !== undefined) return
    this.mask ??= new FillingVolume(new Uint8Array(grid.shape[0] * grid.shape[1] * grid.shape[2]), grid.shape)
    try {
      await act()
    } catch (error) {
      if (this.controller.signal.aborted) throw error
      this.maskProblem = error as Error
      this.mask = undefined
      this.onChange()
    }
  }

  private async sliceAnswer (kind: Kind, plane: Plane, index: number, signal: AbortSignal): Promise<Response> {
    const to = `v1/studies/${encodeURIComponent(this.id)}/${this.pathOf(kind)}/slices/${index}.raw`
    return await patientGet(this.get, to, { plane, ...(kind === 'mask' && this.set !== undefined && { dtype: 'uint8' }) }, { signal, priority: 'high' }, this.wait)
  }

  private async fetchSlice (kind: Kind, native: Slice, signal: AbortSignal): Promise<void> {
    if (this[kind]?.has(native) !== false) return
    await this.takeSlice(kind, native, this.sliceAnswer(kind, native.plane, native.index, signal))
  }

  private async takeSlice (kind: Kind, native: Slice, answer: Promise<Response>): Promise<void> {
    const key = flight(kind, native)
    this.flying.add(key)
    const { values, shape } = await answer.then(readValues).finally(() => this.flying.delete(key))
    if (shape[0] !== native.rows || shape[1] !== native.columns) throw misfit(kind, shape, [native.rows, native.columns])
    this.waiting = undefined
    this[kind]?.place(values, native)
    this.onChange()
  }

  private async fill (kind: Kind, signal: AbortSignal): Promise<void> {
    const volume = this[kind]!
    const query = kind === 'mask' ? { dtype: 'uint8' } : volume.voxels instanceof Float32Array ? { dtype: 'float32' } : undefined
    const to = `v1/studies/${encodeURIComponent(this.id)}/${this.pathOf(kind)}.raw`
    const onArrival = () => { this.waiting = undefined; this.onChange() }
    await fillVolume(this.get, to, query ?? {}, volume, signal, { onArrival, onWait: this.wait })
  }

  private pathOf (kind: Kind): string {
    return kind === 'mask' && this.set !== undefined ? `labels/${encodeURIComponent(this.set)}` : kind
  }

  private readonly wait = (refusal: Error): void => {
    this.waiting = refusal
    this.onChange()
  }
}

const flight = (kind: Kind, { plane, index }: Slice) => `${kind} ${plane} ${index}`

const misfit = (kind: Kind, found: readonly number[], expected: readonly number[]) =>
  new Error(`The ${kind} does not fit the study: its slice is ${found.join(' x ')} pixels, the image's ${expected.join(' x ')}.`)
