import { crc32, inflateRawSync } from 'node:zlib'

// Signatures and sizes of the records: PKWARE APPNOTE 4.3.7 (local header), 4.3.12 (central), 4.3.16 (end).
const LOCAL = 0x04034b50
const CENTRAL = 0x02014b50
const END = 0x06054b50
const LOCAL_BYTES = 30
const CENTRAL_BYTES = 46
const END_BYTES = 22
const VERSION_NEEDED = 20
const STORED = 0
const DEFLATED = 8
const ENCRYPTED = 1

export interface Part { name: Buffer, content: Buffer }

/** Why an archive is not read; the message follows the archive's name and a colon. */
export class BadArchive extends Error {}

/**
 * The parts of a zip archive whose names pass, unpacked and checked against their CRC. Does not read ZIP64, which
 * archives this small do not need.
 *
 * @param maxBytes limit for all parts together, unpacked; sizes in the archive are not trusted
 * @throws BadArchive when it is not a zip, is damaged or encrypted, or unpacks to more
 */
export function unpackArchive (zip: Buffer, wanted: RegExp, maxBytes: number): Part[] {
  const end = zip.lastIndexOf(Buffer.of(0x50, 0x4b, 0x05, 0x06))
  if (end < 0 || end + END_BYTES > zip.length) throw new BadArchive('it is not a workbook, or cut short')
  const parts: Part[] = []
  let budget = maxBytes
  let at = zip.readUInt32LE(end + 16)
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    if (at + CENTRAL_BYTES > zip.length || zip.readUInt32LE(at) !== CENTRAL) throw new BadArchive('its list of parts is damaged')
    const nameBytes = zip.readUInt16LE(at + 28)
    const name = zip.subarray(at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameBytes)
    if (wanted.test(name.toString('latin1'))) {
      const content = unpackPart(zip, at, budget)
      if (content === undefined) throw new BadArchive(`it unpacks to more than ${maxBytes} bytes`)
      budget -= content.length
      parts.push({ name, content })
    }
    at += CENTRAL_BYTES + nameBytes + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32)
  }
  return parts
}

/** The content of the part whose central record is at `central`; undefined if it exceeds `budget` bytes. */
function unpackPart (zip: Buffer, central: number, budget: number): Buffer | undefined {
  const flags = zip.readUInt16LE(central + 8)
  const method = zip.readUInt16LE(central + 10)
  if ((flags & ENCRYPTED) !== 0 || (method !== STORED && method !== DEFLATED)) throw new BadArchive('it is encrypted, or packed in an unknown way')
  const local = zip.readUInt32LE(central + 42)
  if (local + LOCAL_BYTES > zip.length || zip.readUInt32LE(local) !== LOCAL) throw new BadArchive('a part of it is damaged')
  const start = local + LOCAL_BYTES + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
  const packed = zip.subarray(start, start + zip.readUInt32LE(central + 20))
  const content = method === STORED ? packed : inflateAtMost(packed, budget)
  if (content === undefined || content.length > budget) return undefined
  if (crc32(content) !== zip.readUInt32LE(central + 16)) throw new BadArchive('a part of it is damaged')
  return content
}

function inflateAtMost (packed: Buffer, maxBytes: number): Buffer | undefined {
  try {
    return inflateRawSync(packed, { maxOutputLength: maxBytes + 1 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return undefined
    throw new BadArchive('a part of it is damaged', { cause: error })
  }
}

/** A zip archive of the parts, uncompressed. */
export function storedArchive (parts: readonly Part[]): Buffer {
  const locals: Buffer[] = []
  const centrals: Buffer[] = []
  let offset = 0
  for (const { name, content } of parts) {
    const local = Buffer.alloc(LOCAL_BYTES)
    local.writeUInt32LE(LOCAL, 0)
    local.writeUInt16LE(VERSION_NEEDED, 4)
    local.writeUInt32LE(crc32(content), 14)
    local.writeUInt32LE(content.length, 18)
    local.writeUInt32LE(content.length, 22)
    local.writeUInt16LE(name.length, 26)
    const central = Buffer.alloc(CENTRAL_BYTES)
    central.writeUInt32LE(CENTRAL, 0)
    central.writeUInt16LE(VERSION_NEEDED, 4)
    local.copy(central, 6, 4, 28) // both records are equal from "version needed" to the name's length
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
