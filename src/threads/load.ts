import { closeSync, openSync, readSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { GzipDamaged } from '../gzip/damaged.js'
import type { LoadTask } from './tasks.js'

/**
 * Read decoded slabs from files of the disk cache into the arena.
 *
 * @throws GzipDamaged when a file is gone, has another length, or is not what the catalog's checksums say
 */
export function loadSlabs (arena: SharedArrayBuffer, { files, slabs, pieces }: LoadTask): void {
  for (const [n, { offset, bytes }] of slabs.entries()) readInto(files[n]!, Buffer.from(arena, offset, bytes))
  for (const { offset, bytes, crc } of pieces) {
    if (crc32(Buffer.from(arena, offset, bytes)) !== crc) throw new GzipDamaged('a slab of the disk cache is damaged', 0)
  }
}

function readInto (file: string, into: Buffer): void {
  try {
    const fd = openSync(file, 'r')
    try {
      let filled = 0
      while (filled < into.length) {
        const count = readSync(fd, into, filled, into.length - filled, filled)
        if (count === 0) throw new GzipDamaged('a slab of the disk cache is cut short', filled)
        filled += count
      }
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    if (error instanceof GzipDamaged) throw error
    throw new GzipDamaged(`a slab of the disk cache cannot be read (${(error as NodeJS.ErrnoException).code})`, 0)
  }
}
