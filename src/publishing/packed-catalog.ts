import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { readFile, rename, rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { InvalidCatalog } from '../errors.js'
import type { ObjectFolder } from '../storage/object-folder.js'

/** A catalog file in a folder, packed with gzip and named by its content. */
export interface PackedCatalog {
  key: string
  /** of the file before it is packed */
  sha256: string
  /** of the file before it is packed */
  bytes: number
}

/** Bytes fetched at a time. */
const PIECE_BYTES = 16 * 2 ** 20

/**
 * Put a catalog file into a folder as `{prefix}{sha256}.sqlite.gz`. The packed file is held in memory whole while it is put.
 */
export async function putCatalog (folder: ObjectFolder, file: string, prefix: string): Promise<PackedCatalog> {
  const packed = `${file}.gz`
  const hash = createHash('sha256')
  let bytes = 0
  try {
    await pipeline(createReadStream(file), async function * (pieces: AsyncIterable<Buffer>) {
      for await (const piece of pieces) {
        hash.update(piece)
        bytes += piece.length
        yield piece
      }
    }, createGzip({ level: 6 }), createWriteStream(packed))
    const sha256 = hash.digest('hex')
    const key = `${prefix}${sha256}.sqlite.gz`
    await folder.put(key, await readFile(packed), { createOnly: true })
    return { key, sha256, bytes }
  } finally {
    await rm(packed, { force: true })
  }
}

/**
 * Fetch a catalog into a file, which appears when it is whole and its hash is right.
 *
 * @throws InvalidCatalog when it is not in the folder, or is not what its name says
 */
export async function takeCatalog (folder: ObjectFolder, { key, sha256, bytes }: PackedCatalog, file: string): Promise<void> {
  const unfinished = `${file}.${randomUUID()}`
  const hash = createHash('sha256')
  let unpacked = 0
  const invalid = (detail: string) => new InvalidCatalog(`${key} in ${folder.where}`, detail)
  try {
    await pipeline(piecesOf(folder, key), createGunzip(), async function * (pieces: AsyncIterable<Buffer>) {
      for await (const piece of pieces) {
        hash.update(piece)
        unpacked += piece.length
        if (unpacked > bytes) throw invalid(`it unpacks to more than ${bytes} bytes`)
        yield piece
      }
    }, createWriteStream(unfinished))
    if (hash.digest('hex') !== sha256) throw invalid(`its SHA-256 is not ${sha256}`)
    await rename(unfinished, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code?.startsWith('Z_') === true) throw invalid(`it cannot be unpacked (${(error as Error).message})`)
    throw error
  } finally {
    await rm(unfinished, { force: true })
  }
}

async function * piecesOf (folder: ObjectFolder, key: string): AsyncGenerator<Uint8Array> {
  for (let at = 0; ; at += PIECE_BYTES) {
    const piece = await folder.getRange(key, at, PIECE_BYTES)
    if (piece === undefined) throw new InvalidCatalog(`${key} in ${folder.where}`, 'it is not there')
    if (piece.length > 0) yield piece
    if (piece.length < PIECE_BYTES) return
  }
}
