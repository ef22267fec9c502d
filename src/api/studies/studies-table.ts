import { Readable } from 'node:stream'
import { stringify } from 'csv-stringify'
import { Type } from 'typebox'
import type { Catalog } from '../../catalog/catalog.js'
import { DEFAULT_RATIOS } from '../../training/splits.js'
import type { StudySplits } from '../../training/study-splits.js'

export const STUDY_COLUMNS = ['id', 'number', 'category', 'severity', 'status', 'annotated', 'i', 'j', 'k', 'spacingI', 'spacingJ', 'spacingK', 'axes', 'dtype', 'lesionVoxels', 'lesionMl', 'bytes', 'sha256']
/** Columns that `full` adds: addresses of the files, and the study's part of the default split. */
export const FULL_STUDY_COLUMNS = ['image_url', 'mask_url', 'split']

export const fullTable = Type.Boolean({ default: false, description: 'whether to add the columns with links to the pixels; the Croissant description refers to these tables' })

/** What the `full` columns are made from. */
export interface FullTable {
  /** address of the service, without a trailing slash */
  root: string
  splits: StudySplits
  catalog: Catalog
}

/**
 * Studies as a table (RFC 4180). The same rows give the same bytes.
 *
 * @param rows each a study as the API shows it, as JSON text
 */
export function studiesTable (rows: Iterable<string>, full?: FullTable): Readable {
  const columns = full === undefined ? STUDY_COLUMNS : [...STUDY_COLUMNS, ...FULL_STUDY_COLUMNS]
  const table = stringify({ header: true, columns, record_delimiter: 'windows', cast: { boolean: String } })
  return Readable.from(tableRows(rows, full)).pipe(table)
}

function * tableRows (lines: Iterable<string>, full: FullTable | undefined): Generator<unknown[]> {
  const parts = full?.splits.byRatios(0, DEFAULT_RATIOS)
  for (const line of lines) {
    const { id, number, category, severity, status, annotated, shape, spacing, axes, dtype, mask, file } = JSON.parse(line)
    const row = [id, number, category, severity, status, annotated, ...shape ?? [null, null, null], ...spacing ?? [null, null, null], axes, dtype, mask?.voxels, mask?.volumeMl, file?.bytes, file?.sha256]
    if (full !== undefined) {
      const listed = full.catalog.study(id)
      const link = (volume: string, path: string) => `${full.root}/v1/studies/${id}/${volume}.nii${path.endsWith('.gz') ? '.gz' : ''}`
      row.push(file === null || listed === undefined ? null : link('image', listed.imageKey), annotated === true && listed?.maskKey != null ? link('mask', listed.maskKey) : null, parts!.get(id))
    }
    yield row
  }
}
