import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { copyCanonical } from '../catalog/canonical.js'
import { InvalidCatalog } from '../errors.js'
import type { ObjectFolder } from '../storage/object-folder.js'
import { takeCatalog } from './packed-catalog.js'
import { readParts } from './part.js'
import type { Part } from './part.js'
import type { ServedDataset } from './served-dataset.js'

export interface Merged { dataset: ServedDataset, parts: number, missing: readonly number[] }

/**
 * Make one catalog of the parts of an ingest in shares: the one that a single machine would have made.
 *
 * @param target the file to write; a folder beside it is used for the parts
 * @param partial whether shares may be missing
 * @throws InvalidCatalog when a share is missing, or parts disagree
 */
export async function mergeParts (folder: ObjectFolder, target: string, { partial = false } = {}): Promise<Merged> {
  const parts = await readParts(folder)
  const { dataset, share: { of } } = agreed(folder, parts)
  const there = new Set(parts.map(({ share }) => share.index))
  const missing = Array.from({ length: of }, (_, index) => index).filter((index) => !there.has(index))
  if (missing.length > 0 && !partial) throw new InvalidCatalog(folder.where, `of ${of} shares ${shortList(missing)} ${missing.length === 1 ? 'is' : 'are'} missing; begin those tasks again, or merge what is there with --partial`)
  const scratch = `${target}.parts`
  try {
    await mkdir(scratch, { recursive: true })
    const files: string[] = []
    for (const { share, catalog } of parts) {
      const file = join(scratch, `${share.index}.sqlite`)
      await takeCatalog(folder, catalog, file)
      files.push(file)
    }
    copyCanonical(files, target)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
  return { dataset, parts: parts.length, missing }
}

function agreed (folder: ObjectFolder, parts: readonly Part[]): Part {
  const [first, ...others] = parts
  if (first === undefined) throw new InvalidCatalog(folder.where, 'it holds no parts: `niiserve ingest --share 0/n --out` writes them')
  for (const part of others) {
    if (part.share.of !== first.share.of) throw new InvalidCatalog(folder.where, `it holds parts of an ingest in ${first.share.of} shares and of one in ${part.share.of}`)
    if (part.listing !== first.listing) throw new InvalidCatalog(folder.where, `shares ${first.share.index} and ${part.share.index} read different registries: it was changed between the tasks`)
  }
  return first
}

/** The first few of many numbers. */
function shortList (numbers: readonly number[]): string {
  const shown = numbers.slice(0, 10).join(', ')
  return numbers.length > 10 ? `${shown} and ${numbers.length - 10} more` : shown
}
