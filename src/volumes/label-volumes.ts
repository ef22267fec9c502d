import { slotOf } from '../catalog/label-rows.js'
import type { LabelRow, NamedLabelSet } from '../catalog/label-rows.js'
import { InvalidRequest, LabelsNotFound } from '../errors.js'
import type { OpenVolume, OpenVolumes, OriginalFile } from './open-volumes.js'

/** Opens the files of label sets: whole, with their values as stored, or some labels of them as 0 and 1. */
export class LabelVolumes {
  /** one view per volume and choice, so that plans and caches that know volumes by identity know these, too */
  private readonly views = new WeakMap<OpenVolume, Map<string, OpenVolume>>()

  /** @param sets of the dataset; the first is that of the masks */
  constructor (private readonly volumes: OpenVolumes, private readonly sets: readonly NamedLabelSet[]) {}

  /**
   * A label set of a study: values as stored, or 1 where one of the chosen labels is and 0 elsewhere.
   *
   * @param labels names or values, comma-separated, of `label`
   * @throws LabelsNotFound, InvalidRequest naming `label`; as `OpenVolumes.open`
   */
  open (studyId: string, set: string, labels: string | undefined): OpenVolume {
    return this.chosen(studyId, set, labels === undefined ? undefined : this.valuesOf(set, labels))
  }

  /** One label of a study, whether or not the dataset names it: 1 where it is and 0 elsewhere. @throws as `open` */
  openLabel (studyId: string, set: string, { name, value, values }: Pick<LabelRow, 'name' | 'value' | 'values'>): OpenVolume {
    return this.chosen(studyId, set, { values: [...values ?? (value === null ? [] : [value])], names: [name] })
  }

  /**
   * The file that one label of a study is in, to be read once for however many of its labels.
   *
   * @returns `values`: the label is where the file has one of these; undefined where the file is that label's alone, as 0 and 1
   * @throws as `open`
   */
  labelFile (studyId: string, set: string, { name, value, values }: Pick<LabelRow, 'name' | 'value' | 'values'>): { volume: OpenVolume, values?: readonly number[] } {
    if (isOneLabel(this.slotOf(studyId, set, [name]), set)) return { volume: this.chosen(studyId, set, { values: [], names: [name] }) }
    return { volume: this.chosen(studyId, set, undefined), values: values ?? (value === null ? [] : [value]) }
  }

  private chosen (studyId: string, set: string, chosen: { values: number[], names: string[] } | undefined): OpenVolume {
    const slot = this.slotOf(studyId, set, chosen?.names)
    const volume = this.volumes.open(studyId, slot)
    if (isOneLabel(slot, set)) return this.view(volume, 'mask', (one) => ({ ...one, record: { ...one.record, kind: 'mask' } }))
    if (chosen === undefined) return this.view(volume, 'stored', (one) => ({ ...one, record: { ...one.record, kind: 'labels' }, version: `${one.version}.labels` }))
    const key = [...chosen.values].sort((a, b) => a - b).join('-')
    return this.view(volume, key, (one) => ({ ...one, record: { ...one.record, kind: 'mask' }, labels: chosen.values, version: `${one.version}.label${key}` }))
  }

  /**
   * What is laid over an image: the study's mask, or some labels of a set.
   *
   * @param set the first set, where it is left out
   * @throws as `open`; InvalidRequest for a set without a label
   */
  overlay (studyId: string, set: string | undefined, labels: string | undefined): OpenVolume {
    if (labels !== undefined) return this.open(studyId, set ?? this.sets[0]?.name ?? 'mask', labels)
    if (set !== undefined) throw new InvalidRequest([{ parameter: 'overlaySet', detail: 'is of an overlayLabel; say which label' }])
    return this.volumes.open(studyId, 'mask')
  }

  /** The file of a label set as it is. @throws as `open` */
  original (studyId: string, set: string, labels: string | undefined): OriginalFile {
    return this.volumes.original(studyId, this.slotOf(studyId, set, labels?.split(',')))
  }

  /** The file of a set to be decoded as it is, header and all. @throws as `original`; VolumeUnreadable */
  file (studyId: string, set: string, labels: string | undefined): OpenVolume {
    return this.volumes.open(studyId, this.slotOf(studyId, set, labels?.split(',')))
  }

  private slotOf (studyId: string, set: string, names: readonly string[] | undefined): string {
    const place = this.sets.findIndex(({ name }) => name === set)
    if (place < 0) throw new LabelsNotFound(studyId, `The dataset has no label set ${JSON.stringify(set)}; it has ${this.sets.map(({ name }) => name).join(', ') || 'none'}.`)
    const study = this.volumes.study(studyId)
    const slot = slotOf(study, set, place === 0, names?.length === 1 ? names[0] : undefined)
    if (slot !== undefined) return slot
    if (Object.keys(study.labelFiles).some((file) => file.startsWith(`labels:${set}:`))) {
      throw new InvalidRequest([{ parameter: 'label', detail: names?.length === 1 ? `study ${studyId} has no file of ${JSON.stringify(names[0])}` : `of this set each label is a file of its own; choose one, such as ${this.sets[place]!.labels[0]?.name}` }])
    }
    throw new LabelsNotFound(studyId, `Study ${studyId} has nothing of the label set ${set}.`)
  }

  /** Names come before values; a region stands for all its values. */
  private valuesOf (set: string, labels: string): { values: number[], names: string[] } {
    const known = this.sets.find(({ name }) => name === set)?.labels ?? []
    const found = labels.split(',').map((text) => {
      const label = known.find(({ name }) => name === text) ?? known.find(({ value }) => String(value) === text)
      if (label !== undefined) return { values: label.values ?? [label.value!], name: label.name }
      if (/^-?\d{1,10}$/.test(text) && known.length === 0) return { values: [Number(text)], name: text }
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
