import { DatasetError } from '../errors.js'
import { FileRefused, OutsideRoot } from '../storage/refused.js'
import type { TreeFiles } from '../storage/object-store.js'
import type { ListingFault, Tree } from './dataset.js'
import { Folders, join } from './folders.js'

/** TotalSegmentator 2 has 146 000 files in folders of three levels. */
const MAX_FILES = 2_000_000
const MAX_DEPTH = 12

/** nnU-Net's dataset.json may list every case of a large dataset. */
const MAX_TEXT_BYTES = 32 * 2 ** 20

/**
 * All files below the root except hidden ones (`.git`, `._scan.nii.gz` of macOS). A folder behind a link is read once; a
 * link out of the root is a fault.
 */
export function readTree (store: TreeFiles, faults: ListingFault[]): Tree {
  const report = (detail: string) => { faults.push({ row: null, id: null, detail }) }
  const folders = new Folders(store, report)
  const keys: string[] = []
  const walked = new Set<string>()
  const walk = (folder: string, depth: number) => {
    const place = placeOf(store, folder, report)
    if (place === undefined || walked.has(place) || depth > MAX_DEPTH) return
    walked.add(place)
    for (const { name, kind } of folders.entries(folder)) {
      if (name.startsWith('.') || name === '__MACOSX') continue
      const key = join(folder, name)
      if (kind === 'folder' || (kind === 'link' && folders.entries(key).length > 0)) walk(key, depth + 1)
      else if (kind !== 'link' || placeOf(store, key, report) !== undefined) keys.push(key)
      if (keys.length > MAX_FILES) throw new DatasetError(`The data root has more than ${MAX_FILES} files`)
    }
  }
  walk('', 0)
  return { keys: keys.sort(), text: (key) => store.readSmall(key, MAX_TEXT_BYTES)?.toString('utf8').replace(/^\uFEFF/, '') }
}

function placeOf (store: TreeFiles, key: string, report: (detail: string) => void): string | undefined {
  try {
    return store.resolve(key)
  } catch (error) {
    if (!(error instanceof OutsideRoot || error instanceof FileRefused)) throw error
    report(error.message)
    return undefined
  }
}

/** The files directly in a folder, as names. */
export function filesIn ({ keys }: Tree, folder: string): string[] {
  return keys.filter((key) => key.startsWith(`${folder}/`) && !key.includes('/', folder.length + 1)).map((key) => key.slice(folder.length + 1))
}

/** A JSON object of the dataset; undefined where the file is missing or holds anything else. */
export function jsonObject (tree: Tree, key: string): Record<string, unknown> | undefined {
  if (!tree.keys.includes(key)) return undefined
  try {
    const json: unknown = JSON.parse(tree.text(key) ?? '')
    return isObject(json) ? json : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

export function isObject (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
