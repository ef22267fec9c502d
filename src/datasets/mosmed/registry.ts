import { DatasetError } from '../../errors.js'
import type { LocalStore } from '../../storage/local-store.js'
import { leadsAstray, masksOnDisk, numberIn, readTree } from './dataset-tree.js'
import { quoted, rootKey, stemOf, STUDY_ID } from '../file-names.js'
import { categoryOf } from './mosmed.js'
import type { Category } from './mosmed.js'
import { readCsvTable, readXlsxTable } from '../registry/registry-table.js'
import type { RegistryRow } from '../registry/registry-table.js'

/**
 * A study as the dataset lists it; whether its files are there and sound is found out later.
 *
 * `number` is the registry's `study_id` (null when that is no integer); `imageKey` and `maskKey` are the
 * store's; `maskKey` may name a file that is not there, if the registry does. `row` is null without a registry.
 */
export interface ListedStudy {
  id: string
  number: number | null
  category: Category
  imageKey: string
  maskKey: string | null
  row: number | null
}

/** What could not be used, and why. `row` is the spreadsheet's: 1 is the header, 2 the first study. */
export interface ListingFault { row: number | null, id: string | null, detail: string }

export interface DatasetListing {
  source: 'xlsx' | 'csv' | 'tree'
  studies: ListedStudy[]
  faults: ListingFault[]
}

const XLSX_KEY = 'dataset_registry.xlsx'
const CSV_KEY = 'dataset_registry.csv'

/** The published registry has 49 KB for 1110 rows; this is room for 100 000. */
const MAX_REGISTRY_BYTES = 6 * 1024 * 1024

/**
 * Which studies there are: by `dataset_registry.xlsx`, else `dataset_registry.csv`, else the folders.
 *
 * No image is opened. A row that cannot be used is a fault and is left out; a mask that cannot be used is a
 * fault and its study stays. Links are followed here only to refuse those that lead out of the root; the
 * store checks again whenever a file is opened. Studies come in the registry's order, or by id.
 *
 * @throws DatasetError when the registry cannot be read, or there is nothing to list
 */
export async function readDataset (store: LocalStore): Promise<DatasetListing> {
  const xlsx = store.readSmall(XLSX_KEY, MAX_REGISTRY_BYTES)
  if (xlsx !== undefined) return { source: 'xlsx', ...listRows(store, await readXlsxTable(xlsx, XLSX_KEY)) }
  const csv = store.readSmall(CSV_KEY, MAX_REGISTRY_BYTES)
  if (csv !== undefined) return { source: 'csv', ...listRows(store, readCsvTable(csv, CSV_KEY)) }
  const tree = readTree(store)
  if (tree === undefined) {
    throw new DatasetError(`The data root holds neither ${XLSX_KEY} nor ${CSV_KEY} nor folders CT-0 to CT-4, at its top or in studies/`)
  }
  return { source: 'tree', ...tree }
}

function listRows (store: LocalStore, rows: Iterable<RegistryRow>): Omit<DatasetListing, 'source'> {
  const studies: ListedStudy[] = []
  const faults: ListingFault[] = []
  const rowOf = new Map<string, number>()
  const masks = masksOnDisk(store, faults)
  for (const cells of rows) {
    const { row } = cells
    const study = readRow(store, cells)
    if ('detail' in study) {
      faults.push({ row, ...study })
      continue
    }
    const { id } = study
    const earlier = rowOf.get(id)
    if (earlier !== undefined) {
      faults.push({ row, id, detail: `study id ${id} is listed already, in row ${earlier}` })
      continue
    }
    rowOf.set(id, row)
    const report = (detail: string) => { faults.push({ row, id, detail }) }
    const numberOfFile = numberIn(id)
    if (study.number !== null && numberOfFile !== null && study.number !== numberOfFile) {
      report(`study_id ${study.number} is not the number of its file ${id}; it is served as ${id}`)
    }
    studies.push({ ...study, maskKey: maskOf(store, id, cells, masks, report) })
  }
  return { studies, faults }
}

/** The study of one row, its mask still open; or what is wrong with the row. */
function readRow (store: LocalStore, { row, ...cells }: RegistryRow): ListedStudy | { id: string | null, detail: string } {
  const imageKey = rootKey(cells.study_file)
  if (typeof imageKey !== 'string') return { id: null, detail: `study_file ${imageKey.detail}` }
  const id = stemOf(imageKey)
  if (id === undefined) return { id: null, detail: `study_file ${quoted(cells.study_file)} is not a .nii or .nii.gz file` }
  if (!STUDY_ID.test(id)) return { id: null, detail: `study_file ${quoted(cells.study_file)} gives the id ${quoted(id)}; ids match ${STUDY_ID.source}` }
  const category = categoryOf(cells.category)
  if (category === undefined) return { id, detail: `category ${quoted(cells.category)} is none of CT-0 to CT-4` }
  const astray = leadsAstray(store, imageKey)
  if (astray !== undefined) return { id, detail: `study_file: ${astray}` }
  return { id, number: integerOf(cells.study_id), category, imageKey, maskKey: null, row }
}

/** The registry's mask; if it names none, or one that is unusable or not there, the one on disk by the study's name. */
function maskOf (store: LocalStore, id: string, cells: RegistryRow, masks: Map<string, string>, report: (detail: string) => void): string | null {
  const byName = masks.get(id) ?? null
  if (cells.mask_file.trim() === '') return byName
  const key = rootKey(cells.mask_file)
  if (typeof key !== 'string') {
    report(`mask_file ${key.detail}`)
    return byName
  }
  if (stemOf(key) === undefined) {
    report(`mask_file ${quoted(cells.mask_file)} is not a .nii or .nii.gz file`)
    return byName
  }
  const astray = leadsAstray(store, key)
  if (astray !== undefined) {
    report(`mask_file: ${astray}`)
    return byName
  }
  return byName !== null && byName !== key && isAbsent(store, key) ? byName : key
}

function isAbsent (store: LocalStore, key: string): boolean {
  try {
    return store.resolve(key) === undefined
  } catch {
    return false // there, and out of reach
  }
}

/** A registry's number, which other programs may have written as `255.0`; null when it is no integer. */
function integerOf (cell: string): number | null {
  return /^\d{1,15}(?:\.0+)?$/.test(cell.trim()) ? Number(cell) : null
}
