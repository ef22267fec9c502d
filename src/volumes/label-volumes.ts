import { fileAt, looksOf, rowsOf, slotOf } from '../catalog/label-rows.js'
import type { LabelRow, NamedLabelSet, ValueLook } from '../catalog/label-rows.js'
import { InvalidRequest, LabelsNotFound } from '../errors.js'
import type { OpenVolume, OpenVolumes, OriginalFile } from './open-volumes.js'
import { paintedLabels } from './painted-labels.js'

/** Opens the files of label sets: whole, with their values as stored, or some labels of them as 0 and 1. */
export class LabelVolumes {
  /** one view per volume and choice, so that plans and caches that know volumes by identity know these, too */
  private readonly views = new WeakMap<OpenVolume, Map<string, OpenVolume>>()

  /** @param sets of the dataset; the first is that of the masks */
  constructor (private readonly volumes: OpenVolumes, private readonly sets: readonly NamedLabelSet[]) {}

  /**
   * A label set of a study: values as stored, or 1 where one of the chosen labels is and 0 elsewhere.
   *
   * @param set    the first, where it is left out
   * @param labels names or values, comma-separated, of `label`
   * @throws LabelsNotFound, InvalidRequest naming `label`; as `OpenVolumes.open`
   */
  open (studyId: string, set: string | undefined, labels: string | undefined): OpenVolume {
    const name = set ?? this.firstSet
    return this.chosen(studyId, name, labels === undefined ? undefined : this.valuesOf(studyId, name, labels))
  }

  /** One label of a study, whether or not the dataset names it: 1 where it is and 0 elsewhere. @throws as `open` */
  openLabel (studyId: string, set: string, { name, value, values }: Pick<LabelRow, 'name' | 'value' | 'values'>): OpenVolume {
    return this.chosen(studyId, set, { values: [...values ?? (value === null ? [] : [value])], names: [name] })
  }

  /**
   * The file that one label of a study is in, to be read once for however many of its labels.
   *
   * @returns `values`: the label is where the file has one of these; undefined where the volume is that label's alone, as 0 and 1
   * @throws as `open`
   */
  labelFile (studyId: string, set: string, { name, value, values }: Pick<LabelRow, 'name' | 'value' | 'values'>): { volume: OpenVolume, values?: readonly number[] } {
    const slot = this.slotOf(studyId, set, [name])
    if (slot === undefined || isOneLabel(slot, set)) return { volume: this.chosen(studyId, set, { values: [], names: [name] }) }
    return { volume: this.stored(this.volumes.open(studyId, slot)), values: values ?? (value === null ? [] : [value]) }
  }

  /** Whether a study has files of a set, or of all the chosen labels of it. @throws InvalidRequest naming `label` */
  has (studyId: string, set: string | undefined, labels: string | undefined): boolean {
    const name = set ?? this.firstSet
    try {
      this.slotOf(studyId, name, labels === undefined ? undefined : this.valuesOf(studyId, name, labels).names)
      return true
    } catch (error) {
      if (error instanceof LabelsNotFound) return false
      throw error
    }
  }

  private get firstSet (): string {
    return this.sets[0]?.name ?? 'mask'
  }

  private chosen (studyId: string, set: string, chosen: { values: number[], names: string[] } | undefined): OpenVolume {
    const slot = this.slotOf(studyId, set, chosen?.names)
    if (slot === undefined) return this.painted(studyId, set, chosen?.names, chosen === undefined ? 'labels' : 'mask')
    const volume = this.volumes.open(studyId, slot)
    if (isOneLabel(slot, set)) return this.view(volume, 'mask', (one) => ({ ...one, record: { ...one.record, kind: 'mask' } }))
    if (chosen === undefined) return this.stored(volume)
    const key = [...chosen.values].sort((a, b) => a - b).join('-')
    return this.view(volume, key, (one) => ({ ...one, record: { ...one.record, kind: 'mask' }, labels: chosen.values, version: `${one.version}.label${key}` }))
  }

  private stored (volume: OpenVolume): OpenVolume {
    return this.view(volume, 'stored', (one) => ({ ...one, record: { ...one.record, kind: 'labels' }, version: `${one.version}.labels` }))
  }

  /** A set, or some labels of it, of which each has a file of its own. */
  private painted (studyId: string, set: string, names: readonly string[] | undefined, kind: 'labels' | 'mask'): OpenVolume {
    const study = this.volumes.study(studyId)
    const { labels } = this.sets.find(({ name }) => name === set)!
    const there = labels.flatMap(({ name, value }) => {
      const slot = `labels:${set}:${name}`
      if (value === null || study.labelKeys[slot] === undefined || names?.includes(name) === false) return []
      return [{ slot, value }]
    })
    // Empty structures are not even opened; the first gives the shape where all are empty.
    const some = there.filter(({ slot }) => fileAt(study, slot)?.lesion?.voxels !== 0)
    const parts = (some.length > 0 ? some : there.slice(0, 1)).map(({ slot, value }) => ({ volume: this.volumes.open(studyId, slot), value }))
    const [first, ...rest] = parts
    const key = `${kind} ${parts.map(({ volume }) => volume.record.id).join(' ')}`
    return this.view(first!.volume, key, () => paintedLabels(set, [first!, ...rest], kind))
  }

  /**
   * What is laid over an image: the study's mask, some labels of a set as one area, or each in its colour.
   *
   * @param kind   `labels`: values as stored, with the looks of those that are drawn
   * @param set    the first set, where it is left out
   * @param labels names or values, comma-separated; all of the set, where they are left out
   * @throws as `open`
   */
  overlay (studyId: string, kind: 'mask' | 'contour' | 'labels', set: string | undefined, labels: string | undefined): { volume: OpenVolume, looks?: ValueLook[] } {
    const name = set ?? this.firstSet
    if (kind !== 'labels') {
      if (set === undefined && labels === undefined) return { volume: this.volumes.open(studyId, 'mask') }
      return { volume: labels === undefined ? this.union(studyId, name) : this.open(studyId, name, labels) }
    }
    const names = labels === undefined ? undefined : this.valuesOf(studyId, name, labels).names
    const looks = this.looks(studyId, name, names)
    const slot = this.slotOf(studyId, name, undefined)
    return { volume: slot === undefined ? this.painted(studyId, name, names, 'labels') : this.stored(this.volumes.open(studyId, slot)), looks }
  }

  /** How the values of a set are drawn. @param names of the labels to draw; all, where they are left out */
  looks (studyId: string, set: string, names?: readonly string[]): ValueLook[] {
    const place = this.sets.findIndex(({ name }) => name === set)
    return place < 0 ? [] : looksOf(rowsOf(this.volumes.study(studyId), this.sets[place]!, place === 0), names)
  }

  /** 1 where any label of the set is. */
  private union (studyId: string, set: string): OpenVolume {
    const slot = this.slotOf(studyId, set, undefined)
    if (slot === undefined) return this.painted(studyId, set, undefined, 'mask')
    return this.view(this.volumes.open(studyId, slot), 'union', (one) => ({ ...one, record: { ...one.record, kind: 'mask' } }))
  }

  /** The file of a label set as it is. @throws as `open` */
  original (studyId: string, set: string, labels: string | undefined): OriginalFile {
    return this.volumes.original(studyId, this.fileOf(studyId, set, labels))
  }

  /** The file of a set to be decoded as it is, header and all. @throws as `original`; VolumeUnreadable */
  file (studyId: string, set: string, labels: string | undefined): OpenVolume {
    return this.volumes.open(studyId, this.fileOf(studyId, set, labels))
  }

  /** The one file of a set, or of a label of it. @throws InvalidRequest where each label has a file, and no single one is chosen */
  private fileOf (studyId: string, set: string, labels: string | undefined): string {
    const slot = this.slotOf(studyId, set, labels === undefined ? undefined : this.valuesOf(studyId, set, labels).names)
    if (slot !== undefined) return slot
    const named = this.sets.find(({ name }) => name === set)?.labels[0]?.name
    throw new InvalidRequest([{ parameter: 'label', detail: `each label of this set has its own file; name one, such as ${named}` }])
  }

  /** @returns undefined where each label has a file of its own, and not a single one is chosen */
  private slotOf (studyId: string, set: string, names: readonly string[] | undefined): string | undefined {
    const place = this.sets.findIndex(({ name }) => name === set)
    if (place < 0) throw new LabelsNotFound(studyId, `The dataset has no label set ${JSON.stringify(set)}; it has ${this.sets.map(({ name }) => name).join(', ') || 'none'}.`)
    const study = this.volumes.study(studyId)
    const slot = slotOf(study, set, place === 0, names?.length === 1 ? names[0] : undefined)
    if (slot !== undefined) return slot
    if (!Object.keys(study.labelKeys).some((file) => file.startsWith(`labels:${set}:`))) throw new LabelsNotFound(studyId, `Study ${studyId} has no labels of the set ${set}.`)
    const missing = names?.find((name) => study.labelKeys[`labels:${set}:${name}`] === undefined)
    if (missing !== undefined) throw new LabelsNotFound(studyId, `Study ${studyId} has no file of ${JSON.stringify(missing)} in the label set ${set}.`)
    return undefined
  }

  /** Names come before values; a region stands for all its values. Further values of the study's file go by their number. */
  private valuesOf (studyId: string, set: string, labels: string): { values: number[], names: string[] } {
    const known = this.sets.find(({ name }) => name === set)?.labels ?? []
    const found = labels.split(',').map((text) => {
      const label = known.find(({ name }) => name === text) ?? known.find(({ value }) => String(value) === text)
      if (label !== undefined) return { values: label.values ?? [label.value!], name: label.name }
      if (/^-?\d{1,10}$/.test(text) && (known.length === 0 || this.looks(studyId, set).some(({ value }) => String(value) === text))) return { values: [Number(text)], name: text }
      throw new InvalidRequest([{ parameter: 'label', detail: `${JSON.stringify(text)} is none of ${known.map(({ name, value }) => value === null ? name : `${name} (${value})`).join(', ')}` }])
    })
    return { values: [...new Set(found.flatMap(({ values }) => values))], names: found.map(({ name }) => name) }
  }

  private view (volume: OpenVolume, key: string, make: (volume: OpenVolume) => OpenVolume): OpenVolume {
    let views = this.views.get(volume)
    if (views === undefined) this.views.set(volume, views = new Map())
    let view = views.get(key)
    if (view === undefined) views.set(key, view = make(volume))
    return view
  }
}

/** Whether a file holds a single label of a set, as 0 and 1. */
function isOneLabel (slot: string, set: string): boolean {
  return slot.startsWith(`labels:${set}:`)
}
