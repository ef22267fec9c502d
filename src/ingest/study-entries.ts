import type { StudyEntry } from '../catalog/study.js'
import type { ListedStudy, Listing } from '../datasets/dataset.js'

/** The studies of a listing as the catalog lists them. */
export function entriesOf ({ studies, scale }: Pick<Listing, 'studies' | 'scale'>): StudyEntry[] {
  const severityOf = new Map(scale?.grades.map(({ id }, place) => [id, place]))
  return studies.map(({ id, number, category, imageKey, maskKey, patient = null, split = null, labels, channels }) => ({
    id,
    number,
    category,
    severity: category === null ? null : severityOf.get(category) ?? null,
    patient,
    split,
    imageKey,
    maskKey,
    labelKeys: { ...channelKeysOf(channels), ...labelKeysOf(maskKey, labels) }
  }))
}

/** The keys of the annotation files of a study besides its mask, by slot. */
function labelKeysOf (maskKey: string | null, labels: ListedStudy['labels']): Record<string, string> {
  return Object.fromEntries([...labels ?? []].flatMap(([set, keys]): Array<[string, string]> => {
    if (typeof keys !== 'string') return [...keys].map(([label, key]) => [`labels:${set}:${label}`, key])
    return keys === maskKey ? [] : [[`labels:${set}`, keys]]
  }))
}

/** The keys of an image's further channels, by slot. */
function channelKeysOf (channels: ListedStudy['channels']): Record<string, string> {
  return Object.fromEntries((channels ?? []).flatMap(({ key }, n): Array<[string, string]> => n === 0 ? [] : [[`channel:${n}`, key]]))
}
