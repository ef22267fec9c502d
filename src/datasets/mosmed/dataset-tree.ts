import { FileRefused, OutsideRoot } from '../../storage/refused.js'
import type { TreeFiles } from '../../storage/object-store.js'
import { isGzipped } from '../../gzip/file-name.js'
import type { ListedStudy, ListingFault } from '../dataset.js'
import { quoted, shown, stemOf, STUDY_ID } from '../file-names.js'
import type { Findings } from '../findings.js'
import { join } from '../folders.js'
import type { Folders } from '../folders.js'
import { categoryOf } from './mosmed.js'
import type { Category } from './mosmed.js'

const MASKS_FOLDER = 'masks'
const STUDIES_FOLDER = 'studies'

/** Other formats of scans, which are not served; each is reported, so that users know why it is absent. */
const OTHER_FORMAT = /\.(?:hdr|img|nrrd|nhdr|mha|mhd|mgh|mgz|mnc|dcm|dicom|ima|npy|npz|h5|nii\.(?:bz2|xz|zst|zip|z)|zip|rar|7z|tar|tar\.gz|tgz)$/i

/** A data root while it is listed: its folders, and where to report what is left out. */
export interface Reading { store: TreeFiles, folders: Folders, faults: ListingFault[], findings: Findings }

/**
 * The masks on disk, by the study in their name: `masks/<id>_mask.nii.gz`, else `.nii`.
 *
 * @returns keys of the store by study id; a mask behind a link out of the root is a fault
 */
export function masksOnDisk (reading: Reading): Map<string, string> {
  const masks = new Map<string, string>()
  for (const { name, key } of niftiFiles(reading, masksFolder(reading))) {
    const id = /^(.+)_mask$/.exec(name)?.[1]
    // `.nii.gz`, the published form, sorts after `.nii` and so replaces it.
    if (id !== undefined) masks.set(id, key)
  }
  return masks
}

function masksFolder ({ folders }: Reading): string {
  return folders.findFolder(MASKS_FOLDER) ?? MASKS_FOLDER
}

/** Report files in the folder of masks that belong to no study. */
export function reportStrayMasks (reading: Reading, studies: readonly ListedStudy[]): void {
  const used = new Set(studies.map(({ maskKey }) => maskKey))
  const folder = masksFolder(reading)
  for (const { kind, name } of reading.folders.entries(folder)) {
    if (kind === 'folder' || name.startsWith('.')) continue
    const key = join(folder, name)
    if (stemOf(name) !== undefined && !isAmong(used, key)) reading.findings.add('mask-without-study', shown(key))
  }
}

/** Report scans in the folders of the registry's studies that the registry does not list. */
export function reportUnlisted (reading: Reading, studies: readonly ListedStudy[]): void {
  const listed = new Set<string | null>()
  for (const { imageKey, maskKey } of studies) listed.add(imageKey).add(maskKey)
  const foldersOf = new Set(studies.map(({ imageKey }) => imageKey.slice(0, Math.max(0, imageKey.lastIndexOf('/')))))
  for (const folder of foldersOf) {
    if (folder === masksFolder(reading)) continue
    for (const { kind, name } of reading.folders.entries(folder)) {
      const key = join(folder, name)
      if (kind !== 'folder' && !isAmong(listed, key) && !name.startsWith('.') && stemOf(name) !== undefined) reading.findings.add('unlisted', shown(key))
    }
  }
}

/** Whether the key is there with either ending, because only one of the two forms of a file is served. */
function isAmong (keys: ReadonlySet<string | null>, key: string): boolean {
  return keys.has(key) || keys.has(isGzipped(key) ? key.slice(0, -3) : `${key}.gz`)
}

/**
 * The studies of a root without a registry: `studies/CT-n/*.nii[.gz]`, or else `CT-n/*.nii[.gz]`.
 *
 * @returns studies by id; undefined when there is no folder CT-n
 */
export function readTree (reading: Reading): ListedStudy[] | undefined {
  const { faults, findings } = reading
  const studiesFolder = reading.folders.findFolder(STUDIES_FOLDER)
  const folders = studiesFolder === undefined ? [] : [...categoryFolders(reading, studiesFolder)]
  if (folders.length === 0) folders.push(...categoryFolders(reading, ''))
  if (folders.length === 0) return undefined
  const masks = masksOnDisk(reading)
  const studies = new Map<string, ListedStudy>()
  for (const { category, folder } of folders) {
    let scans = 0
    for (const { name: id, key: imageKey } of niftiFiles(reading, folder)) {
      scans++
      const earlier = studies.get(id)
      if (!STUDY_ID.test(id)) {
        faults.push({ row: null, id: null, detail: `${quoted(imageKey)} gives no study id; ids match ${STUDY_ID.source}` })
      } else if (id.endsWith('_mask')) {
        faults.push({ row: null, id: null, detail: `${shown(imageKey)} has the name of a mask and is not used as a study; masks belong in ${MASKS_FOLDER}/` })
      } else if (earlier !== undefined) {
        faults.push({ row: null, id, detail: `${shown(imageKey)} has the id of ${shown(earlier.imageKey)}, which is served`, clash: true })
      } else {
        studies.set(id, { id, number: numberIn(id), category, imageKey, maskKey: masks.get(id) ?? null, row: null })
      }
    }
    for (const { kind, name } of reading.folders.entries(folder)) {
      if (kind === 'file' && !name.startsWith('.') && OTHER_FORMAT.test(name)) findings.add('other-format', shown(join(folder, name)))
    }
    if (scans === 0 && reading.folders.entries(folder).some(({ kind, name }) => kind === 'folder' && !name.startsWith('.'))) findings.add('folder-without-scans', shown(folder))
  }
  const listed = [...studies.values()].sort((a, b) => a.id < b.id ? -1 : 1)
  reportStrayMasks(reading, listed)
  return listed
}

/** The number in a name of the dataset's form: 255 of `study_0255`; null for any other name. */
export function numberIn (id: string): number | null {
  const digits = /^study_(\d{1,15})$/.exec(id)?.[1]
  return digits === undefined ? null : Number(digits)
}

function * categoryFolders ({ folders, faults }: Reading, parent: string): Generator<{ category: Category, folder: string }> {
  for (const { name, kind } of folders.entries(parent)) {
    if (!/^CT-|^CT[-_ ]?\d/i.test(name) || kind === 'file') continue
    const folder = join(parent, name)
    const category = categoryOf(name)
    if (category === undefined) faults.push({ row: null, id: null, detail: `folder ${quoted(folder)} is none of CT-0 to CT-4` })
    else yield { category, folder }
  }
}

/** The visible `.nii` and `.nii.gz` entries of a folder that do not link out of the root. */
function * niftiFiles (reading: Reading, folder: string): Generator<{ name: string, key: string }> {
  const { folders, faults } = reading
  for (const entry of folders.entries(folder)) {
    const name = stemOf(entry.name)
    if (name === undefined || entry.name.startsWith('.')) continue
    const key = join(folder, entry.name)
    const astray = leadsAstray(reading, key)
    if (astray === undefined) yield { name, key }
    else faults.push({ row: null, id: null, detail: astray })
  }
}

/**
 * Why a key must not be used: the key, or a link in its path, leads out of the root. A file that is missing, or that
 * the system refuses to open, is reported by ingest with its study.
 */
export function leadsAstray ({ store, folders }: Reading, key: string): string | undefined {
  // Without a link in its path a key stays in the root; resolving each of 100,000 takes a second.
  if (!folders.hasLink(key)) return undefined
  try {
    store.resolve(key)
  } catch (error) {
    if (error instanceof OutsideRoot) return error.message
    if (!(error instanceof FileRefused)) throw error
  }
  return undefined
}
