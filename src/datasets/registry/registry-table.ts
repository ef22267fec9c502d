import { parse } from 'csv-parse/sync'
import { DatasetError } from '../../errors.js'
import { quoted } from '../file-names.js'
import { repackWorkbook } from './workbook-guard.js'

const COLUMNS = ['study_id', 'category', 'study_file', 'mask_file'] as const

/** The used cells of one row, as text; `row` is the spreadsheet's row number, from 1, header included. */
export type RegistryRow = Record<typeof COLUMNS[number], string> & { row: number }

/** MosMedData has 1111 rows. A million unquoted ones take a few seconds and a few hundred MB. */
const MAX_ROWS = 1_000_000

/** The most lines above the header, such as a title, an export date or empty lines. */
const MOST_ROWS_ABOVE = 100

interface Line { row: number, cells: readonly string[] }

/** One sheet of a file; a `.csv` has one, without a name. */
interface Sheet { name: string | null, lines: readonly Line[] }

/**
 * The rows of a `.csv` registry: RFC 4180 and the variants that spreadsheets write. These are semicolons (Excel in most
 * of Europe), tabs or bars instead of commas, a line `sep=;` above, any line ends, UTF-8, or UTF-16 with a byte order
 * mark. Bytes that are not UTF-8 become U+FFFD, so that they spoil only their own cells.
 *
 * @param name the registry's name, for messages
 * @throws DatasetError when it is not a table or lacks a column
 */
export function readCsvTable (bytes: Buffer, name: string): RegistryRow[] {
  const whole = decodeText(bytes)
  const separator = /^"?sep=([^\r\n])"?(?:\r\n|\n|\r)/i.exec(whole)
  const text = whole.slice(separator?.[0].length ?? 0)
  const above = separator === null ? 0 : 1
  const delimiter = separator?.[1] ?? delimiterOf(text)
  try {
    if (!text.includes('"')) return registryRows([{ name: null, lines: unquotedLines(text, delimiter, above) }], name)
    const records = parse(text, {
      delimiter,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      info: true,
      to: MAX_ROWS + MOST_ROWS_ABOVE + 2 // the header, and one more row to notice an excess
    }) as unknown as Array<{ record: string[], info: { records: number, empty_lines: number } }>
    const lines = records.map(({ record, info }) => ({ row: above + info.records + info.empty_lines, cells: record }))
    return registryRows([{ name: null, lines }], name)
  } catch (error) {
    throw unreadable(name, error, 'it is not a table')
  }
}

/** The lines of a table without quotes, where a delimiter or a line end can be nothing else: ten times faster than the parser. */
function unquotedLines (text: string, delimiter: string, above: number): Line[] {
  const lines: Line[] = []
  for (const [n, line] of text.split(text.includes('\r') ? /\r\n|\n|\r/ : '\n').entries()) {
    if (line !== '') lines.push({ row: above + n + 1, cells: line.split(delimiter) })
    if (lines.length > MAX_ROWS + MOST_ROWS_ABOVE + 2) break
  }
  return lines
}

/**
 * The rows of an `.xlsx` registry, from its first sheet that has the columns.
 *
 * @throws DatasetError when it is not a workbook, is too large unpacked, or lacks a column
 */
export async function readXlsxTable (bytes: Buffer, name: string): Promise<RegistryRow[]> {
  try {
    // Loaded where there is a workbook: it takes as long as all of our own code.
    const { default: readWorkbook, readSheet } = await import('read-excel-file/node')
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

/** The rows below the header, by column name; blank rows are left out but counted in row numbers. */
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

/** The message when no header is found: the columns wanted, where they were sought, and the closest line. */
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

/** Normalises a title as people write it, `Study ID`; removes zero-width characters, which a spreadsheet does not show. */
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
  return new TextDecoder(encoding).decode(bytes) // drops the byte order mark
}

/** The most frequent separator in the header, since no column name holds one. Lines above the header may have others. */
function delimiterOf (text: string): string {
  const header = /^[^\r\n]*study[\s_-]*file[^\r\n]*/im.exec(text)?.[0] ?? ''
  const count = (delimiter: string) => header.split(delimiter).length
  return [',', ';', '\t', '|'].reduce((best, delimiter) => count(delimiter) > count(best) ? delimiter : best)
}

/**
 * Passes on the reading libraries' messages about a bad file. An internal error of a library, such as a TypeError, tells a
 * user nothing and becomes `otherwise`.
 */
function unreadable (name: string, cause: unknown, otherwise: string): DatasetError {
  if (cause instanceof DatasetError) return cause
  const isTheirs = !(cause instanceof Error) || [TypeError, RangeError, ReferenceError, SyntaxError].some((type) => cause instanceof type)
  const reason = isTheirs ? otherwise : cause.message.split('\n', 1)[0]!
  return new DatasetError(`${name} cannot be read: ${reason}`, { cause })
}
