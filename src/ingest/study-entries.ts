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
    imageFile: imageKey,
    maskFile: maskKey,
    labelFiles: { ...channelFilesOf(channels), ...labelFilesOf(maskKey, labels) }
  }))
}

/** The annotation files of a study besides its mask, by slot. */
function labelFilesOf (maskKey: string | null, labels: ListedStudy['labels']): Record<string, string> {
  return Object.fromEntries([...labels ?? []].flatMap(([set, files]): Array<[string, string]> => {
    if (typeof files !== 'string') return [...files].map(([label, file]) => [`labels:${set}:${label}`, file])
    return files === maskKey ? [] : [[`labels:${set}`, files]]
  }))
}

/** The files of an image's channels but the first, by slot. */
function channelFilesOf (channels: ListedStudy['channels']): Record<string, string> {
  return Object.fromEntries((channels ?? []).flatMap(({ key }, n): Array<[string, string]> => n === 0 ? [] : [[`channel:${n}`, key]]))
}
