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
 * gets what was checked here, since one zip archive can mean different things to two readers.
 *
 * @throws BadArchive when it is no workbook, or over a limit
 */
export function repackWorkbook (zip: Buffer): Buffer {
  const parts = unpackArchive(zip, /\.(?:xml|rels)$/, MAX_UNPACKED_BYTES)
  if (parts.length === 0) throw new BadArchive('it is an archive without a workbook')
  for (const { content } of parts) checkExtent(content.toString('utf8'))
  return storedArchive(parts)
}

/** A start tag from its name on: attributes, and the slash of one that is empty. */
const TAG_REST = /((?:"[^"]*"|'[^']*'|[^<>"'/])*)(\/?)>/y

/** The rows and the filled cells of a sheet, by their addresses; an XML part that is no sheet has none. */
function checkExtent (xml: string): void {
  let openRow = 0
  let lastRow = 0
  let lastColumn = 0
  for (const { index, 0: name } of xml.matchAll(/<(?:[^\s<>:/]+:)?(?:row|c)(?=[\s/>])/g)) {
    TAG_REST.lastIndex = index + name.length
    const [, attributes = '', empty] = TAG_REST.exec(xml) ?? []
    if (empty === undefined) throw new BadArchive('its sheet is damaged')
    const address = /\sr\s*=\s*["']\s*([A-Za-z]*)(\d*)\s*["']/.exec(attributes)
    if (address === null) {
      if (/\sr\s*=/.test(attributes)) throw new BadArchive('it has a cell with an address that is none')
      continue
    }
    const [, letters = '', digits = ''] = address
    const row = Number(digits)
    if (row > MAX_ROWS || letters.length > 3) throw new BadArchive(`it has a cell at ${letters.slice(0, 12)}${digits.slice(0, 12)}`)
    if (letters === '') openRow = row // a row's tag; a reader believes it more than the cells in it
    if (letters === '' || empty === '/') continue
    lastRow = Math.max(lastRow, row, openRow)
    lastColumn = Math.max(lastColumn, columnOf(letters))
  }
  if (lastRow * lastColumn > MAX_CELLS) throw new BadArchive(`its sheet spans ${lastRow} rows and ${lastColumn} columns; at most ${MAX_CELLS} cells are read`)
}

/** 1 of A, 27 of AA. */
function columnOf (letters: string): number {
  return [...letters.toUpperCase()].reduce((column, letter) => column * 26 + letter.charCodeAt(0) - 64, 0)
}
