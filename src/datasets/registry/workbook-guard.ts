import { BadArchive, storedArchive, unpackArchive } from './zip-archive.js'

/** In bytes, all parts of a workbook together, unpacked; the published registry has 0.24 MB for 1110 rows. */
const MAX_UNPACKED_BYTES = 32 * 1024 * 1024

/** Cells in the area from A1 to the last filled cell; a reader fills its gaps. */
const MAX_CELLS = 4_000_000

/** Rows of a sheet in Excel, which can format rows down to the last one. */
const MAX_ROWS = 1_048_576

/**
 * The same workbook with its XML parts unpacked; refused if reading it could cost too much. A few KB of zip can unpack to
 * GB, and one cell at XFD1048576 makes a reader fill the 17 billion cells before it. The reader gets the bytes that were
 * checked, because two readers can see different content in one zip archive. Cells without an address get one, and part
 * names get forward slashes, because some programs omit or change them.
 *
 * @throws BadArchive when it is not a workbook, or exceeds a limit
 */
export function repackWorkbook (zip: Buffer): Buffer {
  const parts = unpackArchive(zip, /\.(?:xml|rels)$/, MAX_UNPACKED_BYTES)
  if (parts.length === 0) throw new BadArchive('it is an archive without a workbook')
  return storedArchive(parts.map(({ name, content }) => ({
    name: Buffer.from(name.map((byte) => byte === BACKSLASH ? SLASH : byte)),
    content: Buffer.from(addressed(content.toString('utf8')))
  })))
}

const BACKSLASH = 0x5c
const SLASH = 0x2f

/** The rest of a start tag after its name: attributes, and the slash of an empty element. */
const TAG_REST = /((?:"[^"]*"|'[^']*'|[^<>"'/])*)(\/?)>/y

/**
 * Adds missing addresses to a sheet's rows and cells. They are optional (ECMA-376 Part 1, 18.3.1.4 and 18.3.1.73): a row
 * without one follows the row before it, a cell likewise. Other XML parts are returned unchanged.
 *
 * @throws BadArchive when an address is invalid, or the filled cells span more than the limit
 */
function addressed (xml: string): string {
  if (!/<(?:[^\s<>:/]+:)?sheetData[\s/>]/.test(xml)) return xml
  const pieces: string[] = []
  let done = 0
  let row = 0
  let column = 0
  let lastRow = 0
  let lastColumn = 0
  for (const { index, 0: name } of xml.matchAll(/<(?:[^\s<>:/]+:)?(?:row|c)(?=[\s/>])/g)) {
    TAG_REST.lastIndex = index + name.length
    const [, attributes = '', empty] = TAG_REST.exec(xml) ?? []
    if (empty === undefined) throw new BadArchive('its sheet is damaged')
    const isRow = name.endsWith('row')
    const address = /\sr\s*=\s*["']\s*([A-Za-z]*)(\d*)\s*["']/.exec(attributes)
    if (address === null) {
      if (/\sr\s*=/.test(attributes)) throw new BadArchive('it has a cell with an invalid address')
      if (isRow) row++
      else column++
      pieces.push(xml.slice(done, index + name.length), isRow ? ` r="${row}"` : ` r="${lettersOf(column)}${row}"`)
      done = index + name.length
    } else {
      const [, letters = '', digits = ''] = address
      if (Number(digits) > MAX_ROWS || letters.length > 3) throw new BadArchive(`it has a cell at ${letters.slice(0, 12)}${digits.slice(0, 12)}`)
      if (!isRow) column = columnOf(letters)
      // A reader takes the row number from the row's tag, not from its cells.
      row = isRow ? Number(digits) : Math.max(row, Number(digits))
    }
    if (isRow) column = 0
    if (isRow || empty === '/') continue
    lastRow = Math.max(lastRow, row)
    lastColumn = Math.max(lastColumn, column)
  }
  if (lastRow * lastColumn > MAX_CELLS) throw new BadArchive(`its sheet spans ${lastRow} rows and ${lastColumn} columns; at most ${MAX_CELLS} cells are read`)
  return done === 0 ? xml : pieces.join('') + xml.slice(done)
}

/** A is 1, AA is 27. */
function columnOf (letters: string): number {
  return [...letters.toUpperCase()].reduce((column, letter) => column * 26 + letter.charCodeAt(0) - 64, 0)
}

/** 1 is A, 27 is AA. */
function lettersOf (column: number): string {
  const rest = Math.floor((column - 1) / 26)
  return (rest === 0 ? '' : lettersOf(rest)) + String.fromCharCode(65 + (column - 1) % 26)
}
