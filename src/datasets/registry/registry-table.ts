import { parse } from 'csv-parse/sync'
import { readSheet } from 'read-excel-file/node'
import { DatasetError } from '../../errors.js'
import { repackWorkbook } from './workbook-guard.js'

const COLUMNS = ['study_id', 'category', 'study_file', 'mask_file'] as const

/** The cells of one row that count, as text; `row` is the spreadsheet's, 1-based, the header included. */
export type RegistryRow = Record<typeof COLUMNS[number], string> & { row: number }

/** MosMedData has 1111. The limit keeps a file of ragged rows, which cost the most, to a few seconds. */
const MAX_ROWS = 100_000

interface Line { row: number, cells: readonly string[] }

/**
 * The rows of a `.csv` registry: RFC 4180, and what spreadsheets make of it: semicolons or tabs instead of
 * commas (Excel in most of Europe), any line ends, UTF-8 or UTF-16 with a byte order mark. Bytes that are not
 * UTF-8 become U+FFFD, so that they spoil only the cells they are in.
 *
 * @param name the registry's, for messages
 * @throws DatasetError when it is no table or lacks a column
 */
export function readCsvTable (bytes: Buffer, name: string): RegistryRow[] {
  const text = decodeText(bytes)
  try {
    const records = parse(text, {
      delimiter: delimiterOf(text),
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      info: true,
      to: MAX_ROWS + 2 // the header, and one to know that there are more
    }) as unknown as Array<{ record: string[], info: { records: number, empty_lines: number } }>
    return tableRows(records.map(({ record, info }) => ({ row: info.records + info.empty_lines, cells: record })), name)
  } catch (error) {
    throw unreadable(name, error)
  }
}

/**
 * The rows of the first sheet of an `.xlsx` registry.
 *
 * @throws DatasetError when it is no workbook, is too large unpacked, or lacks a column
 */
export async function readXlsxTable (bytes: Buffer, name: string): Promise<RegistryRow[]> {
  try {
    const sheet = await readSheet(repackWorkbook(bytes))
    const lines = sheet.map((cells, index) => ({ row: index + 1, cells: cells.map((cell) => cell === null ? '' : String(cell)) }))
    return tableRows(lines, name)
  } catch (error) {
    throw unreadable(name, error)
  }
}

/** Rows by the names in the header, which is the first line that is not blank; blank ones count and are left out. */
function tableRows (lines: readonly Line[], name: string): RegistryRow[] {
  const [header, ...rows] = lines.filter(({ cells }) => cells.some((cell) => cell.trim() !== ''))
  const titles = header?.cells.map((title) => title.trim().toLowerCase().replace(/[\s-]+/g, '_')) ?? []
  const [study, category, studyFile, maskFile] = COLUMNS.map((column) => {
    const at = titles.indexOf(column)
    if (at < 0) throw new DatasetError(`${name} has no column ${column}; it needs ${COLUMNS.join(', ')}`)
    if (titles.includes(column, at + 1)) throw new DatasetError(`${name} has two columns ${column}`)
    return at
  }) as [number, number, number, number]
  if (rows.length > MAX_ROWS) throw new DatasetError(`${name} has more than ${MAX_ROWS} rows`)
  return rows.map(({ row, cells }) => {
    const cell = (column: number) => cells[column] ?? ''
    return { row, study_id: cell(study), category: cell(category), study_file: cell(studyFile), mask_file: cell(maskFile) }
  })
}

function decodeText (bytes: Buffer): string {
  const encoding = bytes[0] === 0xFF && bytes[1] === 0xFE
    ? 'utf-16le'
    : bytes[0] === 0xFE && bytes[1] === 0xFF ? 'utf-16be' : 'utf-8'
  return new TextDecoder(encoding).decode(bytes) // which drops the mark
}

/** The separator that the header has most of; no column's name holds one. */
function delimiterOf (text: string): string {
  const header = /\S[^\r\n]*/.exec(text)?.[0] ?? ''
  const count = (delimiter: string) => header.split(delimiter).length
  return [',', ';', '\t'].reduce((best, delimiter) => count(delimiter) > count(best) ? delimiter : best)
}

function unreadable (name: string, cause: unknown): DatasetError {
  if (cause instanceof DatasetError) return cause
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new DatasetError(`${name} cannot be read: ${reason.split('\n', 1)[0] ?? ''}`, { cause })
}
