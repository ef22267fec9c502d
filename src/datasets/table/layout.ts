import { parse } from 'csv-parse/sync'
import { DatasetError } from '../../errors.js'
import type { ListedStudy, Listing, Tree } from '../dataset.js'
import { OWN_FILE } from '../description.js'
import { quoted, rootKey, stemOf } from '../file-names.js'
import { listingOf, Studies } from '../listing.js'

/**
 * The studies of a table that `niiserve.json` names: a CSV with the columns `id` and `image`, and any of `mask`,
 * `mask_{set}`, `category`, `patient` and `split`.
 *
 * @param table key of the CSV
 * @throws DatasetError when it is missing, is not a table, or lacks a column
 */
export function listTable (tree: Tree, table: string): Listing {
  const key = rootKey(table)
  const text = typeof key === 'string' ? tree.text(key) : undefined
  if (text === undefined) throw new DatasetError(`${OWN_FILE}: studies names ${quoted(table)}, which is not there`)
  const rows = rowsOf(text, table)
  const columns = Object.keys(rows[0] ?? {})
  for (const column of ['id', 'image']) {
    if (rows.length > 0 && !columns.includes(column)) throw new DatasetError(`${table} has no column ${column}; it needs id, image, and may have mask, mask_{set}, category, patient, split`)
  }
  const sets = columns.flatMap((column) => column === 'mask' ? ['mask'] : column.startsWith('mask_') ? [column.slice('mask_'.length)] : [])
  const columnOf = (set: string) => set === 'mask' && columns.includes('mask') ? 'mask' : `mask_${set}`
  const studies = new Studies()
  for (const [n, cells] of rows.entries()) {
    const row = n + 2
    const image = rootKey(cells['image'] ?? '')
    if (typeof image !== 'string' || stemOf(image) === undefined) {
      studies.faults.push({ row, id: null, detail: `image ${typeof image === 'string' ? `${quoted(image)} is not a .nii or .nii.gz file` : image.detail}` })
      continue
    }
    const labels = new Map<string, string>()
    for (const set of sets) {
      const cell = cells[columnOf(set)] ?? ''
      const mask = rootKey(cell)
      if (typeof mask === 'string') labels.set(set, mask)
      else if (cell !== '') studies.faults.push({ row, id: null, detail: `${columnOf(set)} ${mask.detail}` })
    }
    const { category = '', patient = '', split = '' } = cells
    const study: Partial<ListedStudy> = { row, category: category === '' ? null : category, maskKey: labels.get(sets[0] ?? '') ?? null }
    if (labels.size > 0) study.labels = labels
    if (patient !== '') study.patient = patient
    if (split === 'train' || split === 'val' || split === 'test') study.split = split
    else if (split !== '') studies.faults.push({ row, id: null, detail: `split ${quoted(split)} is none of train, val, test` })
    studies.add({ id: cells['id'] ?? '', imageKey: image, ...study })
  }
  return listingOf('table', `${OWN_FILE} names ${table}`, studies, sets.map((name) => ({ name, labels: [] })), { source: table })
}

function rowsOf (text: string, name: string): Array<Record<string, string>> {
  try {
    return parse(text, { columns: true, trim: true, delimiter: [',', ';', '\t'], relax_column_count: true, skip_empty_lines: true })
  } catch (error) {
    throw new DatasetError(`${name} cannot be read: ${(error as Error).message.split('\n', 1)[0]}`, { cause: error })
  }
}
