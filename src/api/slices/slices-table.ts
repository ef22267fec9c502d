import { Readable } from 'node:stream'
import { stringify } from 'csv-stringify'
import type { SliceRow } from '../../catalog/slice-query.js'

export const SLICE_COLUMNS = ['study', 'index', 'category', 'min', 'max', 'mean', 'lungFraction', 'lesionPixels']
/** Columns that `full` adds. */
export const FULL_SLICE_COLUMNS = ['image_url', 'mask_url']

/**
 * Slices as a table (RFC 4180). The same rows give the same bytes.
 *
 * @param root address of the service, without a trailing slash; if given, each row links to its pixels
 */
export function slicesTable (rows: AsyncIterable<SliceRow>, root?: string): Readable {
  const columns = root === undefined ? SLICE_COLUMNS : [...SLICE_COLUMNS, ...FULL_SLICE_COLUMNS]
  return Readable.from(tableRows(rows, root)).pipe(stringify({ header: true, columns, record_delimiter: 'windows' }))
}

async function * tableRows (rows: AsyncIterable<SliceRow>, root: string | undefined): AsyncGenerator<unknown[]> {
  for await (const { study, index, category, min, max, mean, lungFraction, lesionPixels } of rows) {
    const row: unknown[] = [study, index, category, min, max, mean, lungFraction, lesionPixels]
    if (root !== undefined) {
      const link = (volume: string) => `${root}/v1/studies/${study}/${volume}/slices/${index}.npy`
      row.push(link('image'), lesionPixels === null ? null : link('mask'))
    }
    yield row
  }
}
