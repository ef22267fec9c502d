import { parse } from 'csv-parse/sync'
import readWorkbook, { readSheet } from 'read-excel-file/node'
import { DatasetError } from '../../errors.js'
import { quoted } from '../file-names.js'
import { repackWorkbook } from './workbook-guard.js'

const COLUMNS = ['study_id', 'category', 'study_file', 'mask_file'] as const

/** The cells of one row that count, as text; `row` is the spreadsheet's, 1-based, the header included. */
export type RegistryRow = Record<typeof COLUMNS[number], string> & { row: number }

/** MosMedData has 1111. The limit keeps a file of ragged rows, which cost the most, to a few seconds. */
const MAX_ROWS = 100_000

/** A title, an export's date, empty lines: what people and programs write above a table. */
const MOST_ROWS_ABOVE = 100

interface Line { row: number, cells: readonly string[] }

/** A table among others; a `.csv` has one, without a name. */
interface Sheet { name: string | null, lines: readonly Line[] }

/**
 * The rows of a `.csv` registry: RFC 4180, and what spreadsheets make of it: semicolons, tabs or bars instead of
 * commas (semicolons: Excel in most of Europe), a line `sep=;` above, any line ends, UTF-8 or UTF-16 with a byte order
 * mark. Bytes that are not UTF-8 become U+FFFD, so that they spoil only the cells they are in.
 *
 * @param name the registry's, for messages
 * @throws DatasetError when it is no table or lacks a column
 */
export function readCsvTable (bytes: Buffer, name: string): RegistryRow[] {
  const whole = decodeText(bytes)
  const separator = /^"?sep=([^\r\n])"?(?:\r\n|\n|\r)/i.exec(whole)
  const text = whole.slice(separator?.[0].length ?? 0)
  const above = separator === null ? 0 : 1
  try {
    const records = parse(text, {
      delimiter: separator?.[1] ?? delimiterOf(text),
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      info: true,
      to: MAX_ROWS + MOST_ROWS_ABOVE + 2 // the header, and one to know that there are more
    }) as unknown as Array<{ record: string[], info: { records: number, empty_lines: number } }>
    const lines = records.map(({ record, info }) => ({ row: above + info.records + info.empty_lines, cells: record }))
    return registryRows([{ name: null, lines }], name)
  } catch (error) {
    throw unreadable(name, error, 'it is not a table')
  }
}

/**
 * The rows of an `.xlsx` registry: of the first of its sheets that has the columns.
 *
 * @throws DatasetError when it is no workbook, is too large unpacked, or lacks a column
 */
export async function readXlsxTable (bytes: Buffer, name: string): Promise<RegistryRow[]> {
  try {
    const workbook = repackWorkbook(bytes)
    const first = { name: null, lines: linesOf(await readSheet(workbook)) }
    if (headerOf(first) !== undefined) return registryRows([first], name)
    const sheets = await readWorkbook(workbook)
    return registryRows(sheets.map(({ sheet, data }) => ({ name: sheet, lines: linesOf(data) })), name)
  } catch (error) {
    throw unreadable(name, error, 'its content is not what a workbook holds')
  }
}

function linesOf (rows: ReadonlyArray<readonly unknown[]>): Line[] {
  return rows.map((cells, index) => ({ row: index + 1, cells: cells.map((cell) => cell === null ? '' : String(cell)) }))
}

/** The rows below the header, by its names; blank ones count and are left out. */
function registryRows (sheets: readonly Sheet[], name: string): RegistryRow[] {
  const found = sheets.flatMap((sheet) => headerOf(sheet) ?? [])[0]
  if (found === undefined) throw new DatasetError(noHeader(sheets, name))
  const { sheet, header } = found
  const [study, category, studyFile, maskFile] = COLUMNS.map((column) => {
    const titles = header.cells.map(titleOf)
    const at = titles.indexOf(column)
    if (titles.includes(column, at + 1)) throw new DatasetError(`${name} has two columns ${column} in ${place(sheet, header)}`)
    return at
  }) as [number, number, number, number]
  const rows = sheet.lines.slice(sheet.lines.indexOf(header) + 1).filter((line) => !isBlank(line))
  if (rows.length > MAX_ROWS) throw new DatasetError(`${name} has more than ${MAX_ROWS} rows`)
  return rows.map(({ row, cells }) => {
    const cell = (column: number) => cells[column] ?? ''
    return { row, study_id: cell(study), category: cell(category), study_file: cell(studyFile), mask_file: cell(maskFile) }
  })
}

/** The first line of a sheet that names every column, wherever the table begins. */
function headerOf (sheet: Sheet): { sheet: Sheet, header: Line } | undefined {
  const header = topOf(sheet).find((line) => namedIn(line).length === COLUMNS.length)
  return header && { sheet, header }
}

/** What was looked for, where, and what comes closest to it. */
function noHeader (sheets: readonly Sheet[], name: string): string {
  const needed = `it needs ${COLUMNS.join(', ')}`
  const candidates = sheets.flatMap((sheet) => topOf(sheet).map((line) => ({ sheet, line, named: namedIn(line) })))
  const closest = candidates.reduce<typeof candidates[number] | undefined>((best, one) => one.named.length > (best?.named.length ?? 0) ? one : best, undefined)
  if (closest !== undefined) {
    const lacking = COLUMNS.filter((column) => !closest.named.includes(column))
    return `${name} has no column ${lacking.join(', ')} in ${place(closest.sheet, closest.line)}, which has ${closest.named.join(', ')}; ${needed}`
  }
  const names = sheets.flatMap((sheet) => sheet.name === null ? [] : quoted(sheet.name))
  const where = names.length === 0 ? '' : ` of the sheet${names.length === 1 ? '' : 's'} ${names.slice(0, 5).join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''}`
  return `${name} has no column ${COLUMNS[0]} in the first ${MOST_ROWS_ABOVE} rows${where}; ${needed}`
}

function place (sheet: Sheet, { row }: Line): string {
  return `row ${row}${sheet.name === null ? '' : ` of the sheet ${quoted(sheet.name)}`}`
}

function topOf ({ lines }: Sheet): Line[] {
  const top: Line[] = []
  for (const line of lines) {
    if (!isBlank(line)) top.push(line)
    if (top.length === MOST_ROWS_ABOVE) break
  }
  return top
}

function namedIn ({ cells }: Line): string[] {
  const titles = new Set(cells.map(titleOf))
  return COLUMNS.filter((column) => titles.has(column))
}

/** A title as people write it, `Study ID`; what has no width is not seen in a spreadsheet either. */
function titleOf (cell: string): string {
  return cell.slice(0, 200).replace(/[\u200B-\u200D\u2060\uFEFF]/g, '').trim().toLowerCase().replace(/[\s-]+/g, '_')
}

function isBlank ({ cells }: Line): boolean {
  return cells.every((cell) => cell.trim() === '')
}

function decodeText (bytes: Buffer): string {
  const encoding = bytes[0] === 0xFF && bytes[1] === 0xFE
    ? 'utf-16le'
    : bytes[0] === 0xFE && bytes[1] === 0xFF ? 'utf-16be' : 'utf-8'
  return new TextDecoder(encoding).decode(bytes) // which drops the mark
}

/** The separator that the header has most of; no column's name holds one. A line above the header may have others. */
function delimiterOf (text: string): string {
  const header = /^[^\r\n]*study[\s_-]*file[^\r\n]*/im.exec(text)?.[0] ?? ''
  const count = (delimiter: string) => header.split(delimiter).length
  return [',', ';', '\t', '|'].reduce((best, delimiter) => count(delimiter) > count(best) ? delimiter : best)
}

/**
 * What the reading libraries say of a file they were made for is passed on; a fault of their own, such as a TypeError
 * in the middle of a file that nobody thought of, says nothing to a user and becomes `otherwise`.
 */
function unreadable (name: string, cause: unknown, otherwise: string): DatasetError {
  if (cause instanceof DatasetError) return cause
  const isTheirs = !(cause instanceof Error) || [TypeError, RangeError, ReferenceError, SyntaxError].some((type) => cause instanceof type)
  const reason = isTheirs ? otherwise : cause.message.split('\n', 1)[0]!
  return new DatasetError(`${name} cannot be read: ${reason}`, { cause })
}
