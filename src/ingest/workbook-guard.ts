import { crc32, inflateRawSync } from 'node:zlib'

/** All parts of a workbook together, unpacked; the published registry has 0.24 MB for 1110 rows. */
const MAX_UNPACKED_BYTES = 32 * 1024 * 1024

/** The area from A1 to the last cell that holds something; a reader fills the gaps in it. */
const MAX_CELLS = 4_000_000
const MAX_ROWS = 1_048_576

// Signatures and sizes of the records: PKWARE APPNOTE 4.3.7 (local header), 4.3.12 (central), 4.3.16 (end).
const LOCAL = 0x04034b50
const CENTRAL = 0x02014b50
const END = 0x06054b50
const LOCAL_BYTES = 30
const CENTRAL_BYTES = 46
const END_BYTES = 22
const STORED = 0
const DEFLATED = 8
const ENCRYPTED = 1

/** Why a workbook is not read; the sentence goes on from its name and a colon. */
export class BadWorkbook extends Error {}

interface Part { name: Buffer, content: Buffer }

/**
 * The same workbook, with its XML parts unpacked, and refused if reading it could cost more than it may: a
 * few KB of zip can unpack to GB, and one cell at XFD1048576 makes a reader fill the 17 billion before it.
 * The reader gets what was checked here, since zip lets the same file mean different things to two readers.
 *
 * @throws BadWorkbook when it is no zip archive, or over a limit
 */
export function repackWorkbook (zip: Buffer): Buffer {
  const parts: Part[] = []
  let budget = MAX_UNPACKED_BYTES
  for (const part of xmlParts(zip, () => budget)) {
    budget -= part.content.length
    checkExtent(part.content.toString('utf8'))
    parts.push(part)
  }
  if (parts.length === 0) throw new BadWorkbook('it is an archive without a workbook')
  return storedArchive(parts)
}

function * xmlParts (zip: Buffer, budget: () => number): Generator<Part> {
  const end = zip.lastIndexOf(Buffer.of(0x50, 0x4b, 0x05, 0x06))
  if (end < 0 || end + END_BYTES > zip.length) throw new BadWorkbook('it is not a workbook, or cut short')
  const count = zip.readUInt16LE(end + 10)
  let at = zip.readUInt32LE(end + 16)
  for (let entry = 0; entry < count; entry++) {
    if (at + CENTRAL_BYTES > zip.length || zip.readUInt32LE(at) !== CENTRAL) throw new BadWorkbook('its list of parts is damaged')
    const nameBytes = zip.readUInt16LE(at + 28)
    const name = zip.subarray(at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameBytes)
    if (/\.(xml|rels)$/.test(name.toString('latin1'))) yield { name, content: unpack(zip, at, budget()) }
    at += CENTRAL_BYTES + nameBytes + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32)
  }
}

/** The content of the part whose central record is at `central`, of at most `budget` bytes. */
function unpack (zip: Buffer, central: number, budget: number): Buffer {
  const flags = zip.readUInt16LE(central + 8)
  const method = zip.readUInt16LE(central + 10)
  const packedBytes = zip.readUInt32LE(central + 20)
  const local = zip.readUInt32LE(central + 42)
  if (local + LOCAL_BYTES > zip.length || zip.readUInt32LE(local) !== LOCAL) throw new BadWorkbook('a part of it is damaged')
  const start = local + LOCAL_BYTES + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
  const packed = zip.subarray(start, start + packedBytes)
  if ((flags & ENCRYPTED) !== 0 || (method !== STORED && method !== DEFLATED)) throw new BadWorkbook('it is encrypted, or packed in an unknown way')
  if (method === STORED ? packed.length > budget : budget <= 0) throw tooLarge()
  if (method === STORED) return packed
  try {
    return inflateRawSync(packed, { maxOutputLength: budget })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge()
    throw new BadWorkbook('a part of it is damaged', { cause: error })
  }
}

function tooLarge (): BadWorkbook {
  return new BadWorkbook(`it unpacks to more than ${MAX_UNPACKED_BYTES} bytes`)
}

/** A start tag from its name on: attributes, and the slash of one that is empty. */
const TAG_REST = /((?:"[^"]*"|'[^']*'|[^<>"'/])*)(\/?)>/y

/** The rows and the filled cells of a sheet, by their addresses; an XML part that is no sheet has none. */
function checkExtent (xml: string): void {
  let lastRow = 0
  let lastColumn = 0
  for (const { index, 0: name } of xml.matchAll(/<(?:[^\s<>:/]+:)?(?:row|c)(?=[\s/>])/g)) {
    TAG_REST.lastIndex = index + name.length
    const [, attributes = '', empty] = TAG_REST.exec(xml) ?? []
    if (empty === undefined) throw new BadWorkbook('its sheet is damaged')
    const address = /\sr\s*=\s*["']\s*([A-Za-z]*)(\d*)\s*["']/.exec(attributes)
    if (address === null) {
      if (/\sr\s*=/.test(attributes)) throw new BadWorkbook('it has a cell with an address that is none')
      continue
    }
    const [, letters = '', digits = ''] = address
    const row = Number(digits)
    if (row > MAX_ROWS || letters.length > 3) throw new BadWorkbook(`it has a cell at ${letters}${digits.slice(0, 12)}`)
    if (empty === '/') continue
    lastRow = Math.max(lastRow, row)
    lastColumn = Math.max(lastColumn, columnOf(letters))
  }
  if (lastRow * lastColumn > MAX_CELLS) throw new BadWorkbook(`its sheet spans ${lastRow} rows and ${lastColumn} columns; at most ${MAX_CELLS} cells are read`)
}

/** 1 of A, 27 of AA. */
function columnOf (letters: string): number {
  return [...letters.toUpperCase()].reduce((column, letter) => column * 26 + letter.charCodeAt(0) - 64, 0)
}

/** A zip archive of the parts, not compressed. */
function storedArchive (parts: readonly Part[]): Buffer {
  const locals: Buffer[] = []
  const centrals: Buffer[] = []
  let offset = 0
  for (const { name, content } of parts) {
    const local = Buffer.alloc(LOCAL_BYTES)
    local.writeUInt32LE(LOCAL, 0)
    local.writeUInt16LE(20, 4) // version needed
    local.writeUInt32LE(crc32(content), 14)
    local.writeUInt32LE(content.length, 18)
    local.writeUInt32LE(content.length, 22)
    local.writeUInt16LE(name.length, 26)
    const central = Buffer.alloc(CENTRAL_BYTES)
    central.writeUInt32LE(CENTRAL, 0)
    central.writeUInt16LE(20, 4)
    local.copy(central, 6, 4, 28) // the fields from "version needed" to the name's length are the same
    central.writeUInt32LE(offset, 42)
    locals.push(local, name, content)
    centrals.push(central, name)
    offset += LOCAL_BYTES + name.length + content.length
  }
  const directory = Buffer.concat(centrals)
  const end = Buffer.alloc(END_BYTES)
  end.writeUInt32LE(END, 0)
  end.writeUInt16LE(parts.length, 8)
  end.writeUInt16LE(parts.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...locals, directory, end])
}
