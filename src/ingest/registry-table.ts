import { parse } from 'csv-parse/sync'
import { readSheet } from 'read-excel-file/node'
import { DatasetError } from '../errors.js'
import { repackWorkbook } from './workbook-guard.js'

const COLUMNS = ['study_id', 'category', 'study_file', 'mask_file'] as const

/** The cells of one row that count, as text; `row` is the spreadsheet's, 1-based, the header included. */
export type RegistryRow = Record<typeof COLUMNS[number], string> & { row: number }

/** As many as a spreadsheet can have. A registry of the size that is read holds more only if they are blank. */
const MAX_ROWS = 1_048_576

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
  let records: string[][]
  try {
    records = parse(text, {
      delimiter: delimiterOf(text),
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      relax_quotes: true,
      to: MAX_ROWS
    })
  } catch (error) {
    throw new DatasetError(`${name} cannot be read: ${firstLine(error)}`, { cause: error })
  }
  return tableRows(records, name)
}

/**
 * The rows of the first sheet of an `.xlsx` registry.
 *
 * @throws DatasetError when it is no workbook, is too large unpacked, or lacks a column
 */
export async function readXlsxTable (bytes: Buffer, name: string): Promise<RegistryRow[]> {
  try {
    const sheet = await readSheet(repackWorkbook(bytes))
    return tableRows(sheet.map((cells) => cells.map((cell) => cell === null ? '' : String(cell))), name)
  } catch (error) {
    if (error instanceof DatasetError) throw error
    throw new DatasetError(`${name} cannot be read: ${firstLine(error)}`, { cause: error })
  }
}

/** Rows by the names in the header, which is the first row that is not blank; blank rows count and are left out. */
function tableRows (records: readonly string[][], name: string): RegistryRow[] {
  const header = records.findIndex((cells) => !isBlank(cells))
  const titles = records[header]?.map((title) => title.trim().toLowerCase().replace(/[\s-]+/g, '_')) ?? []
  const [study, category, studyFile, maskFile] = COLUMNS.map((column) => {
    const at = titles.indexOf(column)
    if (at < 0) throw new DatasetError(`${name} has no column ${column}; it needs ${COLUMNS.join(', ')}`)
    if (titles.includes(column, at + 1)) throw new DatasetError(`${name} has two columns ${column}`)
    return at
  }) as [number, number, number, number]
  const rows: RegistryRow[] = []
  for (let index = header + 1; index < records.length; index++) {
    const cells = records[index] ?? []
    if (isBlank(cells)) continue
    const cell = (column: number) => cells[column] ?? ''
    rows.push({ row: index + 1, study_id: cell(study), category: cell(category), study_file: cell(studyFile), mask_file: cell(maskFile) })
  }
  return rows
}

function isBlank (cells: readonly string[]): boolean {
  return cells.every((cell) => cell.trim() === '')
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

function firstLine (error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n', 1)[0] ?? ''
}
