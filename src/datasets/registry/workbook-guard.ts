import { BadArchive, storedArchive, unpackArchive } from './zip-archive.js'

/** All parts of a workbook together, unpacked; the published registry has 0.24 MB for 1110 rows. */
const MAX_UNPACKED_BYTES = 32 * 1024 * 1024

/** The area from A1 to the last cell that holds something; a reader fills the gaps in it. */
const MAX_CELLS = 4_000_000

/** Of a sheet in Excel, which formats rows to the last one. */
const MAX_ROWS = 1_048_576

/**
 * The same workbook, its XML parts unpacked, and refused if reading it could cost more than it may: a few KB
 * of zip can unpack to GB, and one cell at XFD1048576 makes a reader fill the 17 billion before it. The reader
 * gets what was checked here, since one zip archive can mean different things to two readers. Cells without an address
 * get theirs, and names of parts get slashes: both are left out, or written otherwise, by some programs.
 *
 * @throws BadArchive when it is no workbook, or over a limit
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

/** A start tag from its name on: attributes, and the slash of one that is empty. */
const TAG_REST = /((?:"[^"]*"|'[^']*'|[^<>"'/])*)(\/?)>/y

/**
 * A sheet whose rows and cells all have addresses. They are optional (ECMA-376 Part 1, 18.3.1.4 and 18.3.1.73): a row
 * without one follows the row before, a cell without one the cell before. An XML part that is no sheet stays as it is.
 *
 * @throws BadArchive when an address is none, or the filled cells span more than is read
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
      if (/\sr\s*=/.test(attributes)) throw new BadArchive('it has a cell with an address that is none')
      if (isRow) row++
      else column++
      pieces.push(xml.slice(done, index + name.length), isRow ? ` r="${row}"` : ` r="${lettersOf(column)}${row}"`)
      done = index + name.length
    } else {
      const [, letters = '', digits = ''] = address
      if (Number(digits) > MAX_ROWS || letters.length > 3) throw new BadArchive(`it has a cell at ${letters.slice(0, 12)}${digits.slice(0, 12)}`)
      if (!isRow) column = columnOf(letters)
      // A reader believes a row's tag more than the cells in it.
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

/** 1 of A, 27 of AA. */
function columnOf (letters: string): number {
  return [...letters.toUpperCase()].reduce((column, letter) => column * 26 + letter.charCodeAt(0) - 64, 0)
}

/** A of 1, AA of 27. */
function lettersOf (column: number): string {
  const rest = Math.floor((column - 1) / 26)
  return (rest === 0 ? '' : lettersOf(rest)) + String.fromCharCode(65 + (column - 1) % 26)
}
