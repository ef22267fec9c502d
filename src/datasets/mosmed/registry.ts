import { DatasetError } from '../../errors.js'
import type { TreeFiles } from '../../storage/object-store.js'
import type { ListedStudy, Listing, ListingFault } from '../dataset.js'
import { quoted, rootKey, shown, stemOf, STUDY_ID } from '../file-names.js'
import { Findings, missingLine } from '../findings.js'
import type { Finding } from '../findings.js'
import { Folders } from '../folders.js'
import { leadsAstray, masksOnDisk, numberIn, readTree, reportStrayMasks, reportUnlisted } from './dataset-tree.js'
import type { Reading } from './dataset-tree.js'
import { categoryOf } from './mosmed.js'
import { readCsvTable, readXlsxTable } from '../registry/registry-table.js'
import type { RegistryRow } from '../registry/registry-table.js'

/** The listing by the registry or by the folders. */
export type MosMedListing = Pick<Listing, 'studies' | 'faults' | 'findings'> & { source: 'xlsx' | 'csv' | 'tree' }

const XLSX_KEY = 'dataset_registry.xlsx'
const CSV_KEY = 'dataset_registry.csv'

/** In bytes: a workbook has room for about 150 000 rows, whose XML takes up to 32 MiB; the published one has 49 KB for 1110. */
const MAX_XLSX_BYTES = 6 * 2 ** 20
/** In bytes: room for a million rows of 100 bytes. */
const MAX_CSV_BYTES = 128 * 2 ** 20

/**
 * List the studies: by `dataset_registry.xlsx`, else `dataset_registry.csv`, else the folders.
 *
 * No image is opened. A row that cannot be used is a fault and is left out. A mask that cannot be used is a fault, but
 * its study stays. Links are followed here only to refuse those that lead out of the root; the store checks again
 * whenever a file is opened. Studies are in the registry's order, or by id.
 *
 * @throws DatasetError when the registry cannot be read, or there is nothing to list
 */
export async function readDataset (store: TreeFiles): Promise<MosMedListing> {
  const xlsx = store.readSmall(XLSX_KEY, MAX_XLSX_BYTES)
  if (xlsx !== undefined) return { source: 'xlsx', ...listRows(store, await readXlsxTable(xlsx, XLSX_KEY), XLSX_KEY) }
  const csv = store.readSmall(CSV_KEY, MAX_CSV_BYTES)
  if (csv !== undefined) return { source: 'csv', ...listRows(store, readCsvTable(csv, CSV_KEY), CSV_KEY) }
  const reading = readingOf(store)
  const studies = readTree(reading)
  if (studies !== undefined) return { source: 'tree', ...listingOf(reading, studies) }
  throw new DatasetError(`The data root holds neither ${XLSX_KEY} nor ${CSV_KEY} nor folders CT-0 to CT-4, at its top or in studies/`)
}

/** Why a folder is recognised as MosMedData's layout; undefined if it is not. */
export function recognised (store: TreeFiles): string | undefined {
  for (const key of [XLSX_KEY, CSV_KEY]) if (isNamed(store, key)) return key
  const { folders } = readingOf(store)
  const parent = ['studies', ''].map((name) => folders.findFolder(name)).find((name) => name !== undefined && folders.entries(name).some(({ kind, name: folder }) => kind !== 'file' && categoryOf(folder) !== undefined))
  return parent === undefined ? undefined : `folders CT-0 to CT-4${parent === '' ? '' : ` in ${parent}`}`
}

/** Whether anything of that name exists: a registry that cannot be opened must not be skipped. */
function isNamed (store: TreeFiles, key: string): boolean {
  return store.list('')?.some(({ name, kind }) => name === key && (kind !== 'link' || new Folders(store).isThere(key))) === true
}

function readingOf (store: TreeFiles): Reading {
  const faults: ListingFault[] = []
  return { store, faults, findings: new Findings(), folders: new Folders(store, (detail) => faults.push({ row: null, id: null, detail })) }
}

/** The studies, with the findings about all of them together. */
function listingOf ({ folders, faults, findings }: Reading, studies: ListedStudy[], further: readonly Finding[] = []): Omit<MosMedListing, 'source'> {
  const missing = (keys: readonly string[]) => {
    const notThere = keys.filter((key) => folders.find(key) === undefined)
    return { listed: keys.length, missing: notThere, dangling: notThere.filter((key) => folders.isDangling(key)).length }
  }
  const nothing: Finding[] = studies.length > 0 ? [] : [{ kind: 'nothing-listed', count: 0, detail: 'No study is listed, so nothing is served' }]
  return {
    studies,
    faults,
    findings: [
      ...missingLine('image', missing(studies.map(({ imageKey }) => imageKey))),
      ...missingLine('mask', missing(studies.flatMap(({ maskKey }) => maskKey ?? []))),
      ...nothing,
      ...further,
      ...findings.lines
    ]
  }
}

function listRows (store: TreeFiles, rows: readonly RegistryRow[], name: string): Omit<MosMedListing, 'source'> {
  const reading = readingOf(store)
  const { faults } = reading
  const studies: ListedStudy[] = []
  const unused: ListingFault[] = []
  const rowOf = new Map<string, number>()
  const masks = masksOnDisk(reading)
  const leaveOut = (fault: ListingFault) => {
    unused.push(fault)
    faults.push(fault)
  }
  for (const cells of rows) {
    const { row } = cells
    const study = readRow(reading, cells)
    if ('detail' in study) {
      leaveOut({ row, ...study })
      continue
    }
    const { id } = study
    const earlier = rowOf.get(id)
    if (earlier !== undefined) {
      leaveOut({ row, id, detail: `study id ${id} is listed already, in row ${earlier}`, clash: true })
      continue
    }
    rowOf.set(id, row)
    const report = (detail: string) => { faults.push({ row, id, detail }) }
    const numberOfFile = numberIn(id)
    if (study.number !== null && numberOfFile !== null && study.number !== numberOfFile) {
      report(`study_id ${study.number} is not the number of its file ${id}; it is served as ${id}`)
    }
    study.maskKey = maskOf(reading, id, cells, masks, report)
    studies.push(study)
  }
  reportStrayMasks(reading, studies)
  reportUnlisted(reading, studies)
  const [first] = unused
  const leftOut: Finding[] = first === undefined ? [] : [{ kind: 'rows-unused', count: unused.length, detail: `${unused.length} of ${rows.length} rows of ${name} cannot be used; row ${first.row}: ${first.detail}` }]
  return listingOf(reading, studies, leftOut)
}

/** The study of one row, without its mask; or what is wrong with the row. */
function readRow (reading: Reading, cells: RegistryRow): ListedStudy | { id: string | null, detail: string } {
  const key = rootKey(cells.study_file)
  if (typeof key !== 'string') return { id: null, detail: `study_file ${key.detail}` }
  const id = stemOf(key)
  if (id === undefined) return { id: null, detail: `study_file ${quoted(cells.study_file)} is not a .nii or .nii.gz file` }
  if (!STUDY_ID.test(id)) return { id: null, detail: `study_file ${quoted(cells.study_file)} gives the id ${quoted(id)}; ids match ${STUDY_ID.source}` }
  const category = categoryOf(cells.category)
  if (category === undefined) return { id, detail: `category ${quoted(cells.category)} is none of CT-0 to CT-4` }
  const imageKey = keyOnDisk(reading, key)
  const astray = leadsAstray(reading, imageKey)
  if (astray !== undefined) return { id, detail: `study_file: ${astray}` }
  return { id, number: integerOf(cells.study_id), category, imageKey, maskKey: null, row: cells.row }
}

/** The key of the registry's file on disk, reported if it differs; the registry's own key where no file exists. */
function keyOnDisk ({ folders, findings }: Reading, key: string): string {
  const found = folders.find(key) ?? key
  if (found !== key) findings.add('spelled-otherwise', `${shown(found)}, for ${shown(key)} in the registry,`)
  return found
}

/** What pandas, R, Excel, Python and people write into an empty cell. */
const NOTHING = /^(?:nan|na|n\/a|#n\/a|none|null|-|\u2013|\u2014)?$/i

/** The registry's mask; if it names none, or one that is unusable or missing, the mask on disk named after the study. */
function maskOf (reading: Reading, id: string, cells: RegistryRow, masks: Map<string, string>, report: (detail: string) => void): string | null {
  const byName = masks.get(id) ?? null
  if (NOTHING.test(cells.mask_file.trim())) return byName
  const named = rootKey(cells.mask_file)
  if (typeof named !== 'string') {
    report(`mask_file ${named.detail}`)
    return byName
  }
  if (stemOf(named) === undefined) {
    report(`mask_file ${quoted(cells.mask_file)} is not a .nii or .nii.gz file`)
    return byName
  }
  if (byName !== null && byName !== named && reading.folders.find(named) === undefined) return byName
  const key = keyOnDisk(reading, named)
  const astray = leadsAstray(reading, key)
  if (astray === undefined) return key
  report(`mask_file: ${astray}`)
  return byName
}

/** A registry's number, which some programs write as `255.0`; null when it is not an integer. */
function integerOf (cell: string): number | null {
  return /^\d{1,15}(?:\.0+)?$/.test(cell.trim()) ? Number(cell) : null
}
