import { FileRefused, OutsideRoot } from '../../storage/local-store.js'
import type { FolderEntry, LocalStore } from '../../storage/local-store.js'
import { quoted, stemOf, STUDY_ID } from '../file-names.js'
import { CATEGORIES } from './mosmed.js'
import type { Category } from './mosmed.js'
import type { ListedStudy, ListingFault } from './registry.js'

const MASKS_FOLDER = 'masks'

/**
 * The masks there are, by the study they are named after: `masks/<id>_mask.nii.gz`, else `.nii`.
 *
 * @returns keys of the store by study id; a mask behind a link that leads out is a fault
 */
export function masksOnDisk (store: LocalStore, faults: ListingFault[]): Map<string, string> {
  const masks = new Map<string, string>()
  for (const { name, key } of niftiFiles(store, MASKS_FOLDER, faults)) {
    const id = /^(.+)_mask$/.exec(name)?.[1]
    // `.nii` sorts before `.nii.gz`, which is the published form and so wins.
    if (id !== undefined) masks.set(id, key)
  }
  return masks
}

/**
 * The studies of a root without a registry: `studies/CT-n/*.nii[.gz]`, or else `CT-n/*.nii[.gz]`.
 *
 * @returns studies by id; undefined when there is no folder CT-n
 */
export function readTree (store: LocalStore): { studies: ListedStudy[], faults: ListingFault[] } | undefined {
  const faults: ListingFault[] = []
  const folders = [...categoryFolders(store, 'studies/', faults)]
  if (folders.length === 0) folders.push(...categoryFolders(store, '', faults))
  if (folders.length === 0) return undefined
  const masks = masksOnDisk(store, faults)
  const studies = new Map<string, ListedStudy>()
  for (const { category, folder } of folders) {
    for (const { name: id, key: imageKey } of niftiFiles(store, folder, faults)) {
      const earlier = studies.get(id)
      if (!STUDY_ID.test(id)) {
        faults.push({ row: null, id: null, detail: `${quoted(imageKey)} gives no study id; ids match ${STUDY_ID.source}` })
      } else if (id.endsWith('_mask')) {
        faults.push({ row: null, id: null, detail: `${imageKey} is named as a mask is and is not taken for a study; masks belong in ${MASKS_FOLDER}/` })
      } else if (earlier !== undefined) {
        faults.push({ row: null, id, detail: `${imageKey} has the id of ${earlier.imageKey}, which is served` })
      } else {
        studies.set(id, { id, number: numberIn(id), category, imageKey, maskKey: masks.get(id) ?? null, row: null })
      }
    }
  }
  return { studies: [...studies.values()].sort((a, b) => a.id < b.id ? -1 : 1), faults }
}

/** The number in a name as the dataset gives them: 255 of `study_0255`; null of any other. */
export function numberIn (id: string): number | null {
  const digits = /^study_(\d{1,15})$/.exec(id)?.[1]
  return digits === undefined ? null : Number(digits)
}

function * categoryFolders (store: LocalStore, parent: string, faults: ListingFault[]): Generator<{ category: Category, folder: string }> {
  for (const { name, kind } of listFolder(store, parent, faults)) {
    if (!/^CT-/i.test(name) || kind === 'file') continue
    const folder = parent + name
    const category = CATEGORIES.find(({ id }) => id === name)?.id
    if (category === undefined) faults.push({ row: null, id: null, detail: `folder ${quoted(folder)} is none of CT-0 to CT-4` })
    else yield { category, folder }
  }
}

/** The `.nii` and `.nii.gz` entries of a folder, hidden ones left out, that do not lead out of the root. */
function * niftiFiles (store: LocalStore, folder: string, faults: ListingFault[]): Generator<{ name: string, key: string }> {
  for (const entry of listFolder(store, folder, faults)) {
    const name = stemOf(entry.name)
    if (name === undefined || entry.name.startsWith('.')) continue
    const key = `${folder}/${entry.name}`
    const astray = entry.kind === 'link' ? leadsAstray(store, key) : undefined
    if (astray === undefined) yield { name, key }
    else faults.push({ row: null, id: null, detail: astray })
  }
}

function listFolder (store: LocalStore, folder: string, faults: ListingFault[]): FolderEntry[] {
  try {
    return store.list(folder) ?? []
  } catch (error) {
    if (!(error instanceof OutsideRoot || error instanceof FileRefused)) throw error
    faults.push({ row: null, id: null, detail: error.message })
    return []
  }
}

/**
 * Why a key must not be used: it, or a link on its way, leads out of the root. A file that is absent or that
 * the system refuses is the ingest's to report, with its study.
 */
export function leadsAstray (store: LocalStore, key: string): string | undefined {
  try {
    store.resolve(key)
  } catch (error) {
    if (error instanceof OutsideRoot) return error.message
    if (!(error instanceof FileRefused)) throw error
  }
  return undefined
}
