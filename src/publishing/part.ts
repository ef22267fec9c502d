import { rm } from 'node:fs/promises'
import { copyCanonical } from '../catalog/canonical.js'
import type { FoundDataset } from '../datasets/layouts.js'
import { InvalidCatalog } from '../errors.js'
import type { ObjectFolder } from '../storage/object-folder.js'
import { putCatalog } from './packed-catalog.js'
import type { PackedCatalog } from './packed-catalog.js'
import { listingDigest, servedDataset } from './served-dataset.js'
import type { ServedDataset } from './served-dataset.js'
import { shareName } from './share.js'
import type { Share } from './share.js'

const FORMAT = 1

/**
 * A finished share: what its task read. It is written last, so that it is the mark of completion, and only once: a task that is
 * begun again finds it.
 */
export interface Part {
  format: typeof FORMAT
  share: Share
  /** see `listingDigest`: the same in all parts of one run */
  listing: string
  dataset: ServedDataset
  catalog: PackedCatalog
}

function keyOf (share: Share): string {
  return `parts/${shareName(share)}.json`
}

/**
 * The finished part of a share; undefined where the task has not ended.
 *
 * @throws InvalidCatalog when another registry, or another number of shares, was read into this folder
 */
export async function finishedPart (folder: ObjectFolder, share: Share, found: FoundDataset): Promise<Part | undefined> {
  const parts = await readParts(folder)
  const [other] = parts
  if (other === undefined) return undefined
  if (other.share.of !== share.of) throw new InvalidCatalog(folder.where, `it holds parts of an ingest in ${other.share.of} shares, and this one is in ${share.of}; each run needs a folder of its own`)
  if (other.listing !== listingDigest(found)) throw new InvalidCatalog(folder.where, `share ${shareName(other.share)} read another registry: it was changed between the tasks; begin again in another folder`)
  return parts.find((part) => part.share.index === share.index)
}

/** Write the part of a share: first its catalog, then the mark. @param scratch a file to make the copy in */
export async function writePart (folder: ObjectFolder, share: Share, found: FoundDataset, catalogFile: string, scratch: string): Promise<Part> {
  try {
    copyCanonical([catalogFile], scratch)
    const catalog = await putCatalog(folder, scratch, 'parts/')
    const part: Part = { format: FORMAT, share, listing: listingDigest(found), dataset: servedDataset(found), catalog }
    await folder.put(keyOf(share), Buffer.from(JSON.stringify(part)), { createOnly: true })
    return part
  } finally {
    await rm(scratch, { force: true })
  }
}

/** All finished parts, by share. @throws InvalidCatalog for one of another format */
export async function readParts (folder: ObjectFolder): Promise<Part[]> {
  const parts: Part[] = []
  for await (const { key } of folder.list('parts/')) {
    if (!key.endsWith('.json')) continue
    const part = JSON.parse(Buffer.from(await folder.get(key) ?? 'null').toString('utf8')) as Part | null
    if (part === null || part.format !== FORMAT) throw new InvalidCatalog(`${key} in ${folder.where}`, 'this version of niiserve does not know its format')
    parts.push(part)
  }
  return parts.sort((a, b) => a.share.index - b.share.index)
}
