import { rename, rm } from 'node:fs/promises'
import { copyCanonical } from '../catalog/canonical.js'
import { Catalog, RULES } from '../catalog/catalog.js'
import type { CatalogCounts } from '../catalog/study-query.js'
import { openPublished } from '../catalog/database.js'
import { replaceHistories } from '../catalog/inline-histories.js'
import { InvalidCatalog } from '../errors.js'
import type { Sidecars } from '../sidecars/sidecars.js'
import type { ObjectFolder } from '../storage/object-folder.js'
import { putCatalog } from './packed-catalog.js'
import type { PackedCatalog } from './packed-catalog.js'
import type { ServedDataset } from './served-dataset.js'

const FORMAT = 1
const MANIFESTS = 'catalog/manifests/'

/** A catalog that was published, and all that is said of its dataset besides. It never changes; a newer one has a greater name. */
export interface Publication {
  format: typeof FORMAT
  /** ISO 8601, UTC */
  publishedAt: string
  /** of the dataset, as `GET /v1/dataset` shows it */
  revision: string
  counts: CatalogCounts
  dataset: ServedDataset
  catalog: PackedCatalog
}

export interface NamedPublication { name: string, publication: Publication }

/** The publication with the greatest name; undefined where nothing was published. */
export async function newestPublication (folder: ObjectFolder): Promise<NamedPublication | undefined> {
  const name = await newestName(folder)
  return name === undefined ? undefined : { name, publication: await readPublication(folder, name) }
}

export async function newestName (folder: ObjectFolder): Promise<string | undefined> {
  let newest: string | undefined
  for await (const { key } of folder.list(MANIFESTS)) if (key.endsWith('.json')) newest = key.slice(MANIFESTS.length, -'.json'.length)
  return newest
}

/** @throws InvalidCatalog when it is of a format that this version of niiserve does not know */
export async function readPublication (folder: ObjectFolder, name: string): Promise<Publication> {
  const key = `${MANIFESTS}${name}.json`
  const publication = JSON.parse(Buffer.from(await folder.get(key) ?? 'null').toString('utf8')) as Publication | null
  if (publication === null || publication.format !== FORMAT) throw new InvalidCatalog(`${key} in ${folder.where}`, 'this version of niiserve does not know its format')
  return publication
}

/**
 * Publish a catalog: its canonical copy under the name of its content, then a manifest that names it. Both are only ever
 * created, so replicas and other publishers see all of it or nothing.
 *
 * @param catalogFile may be in use by another process
 * @param sidecars where histories go that the catalog still holds itself
 * @returns what is newest now, and whether that is new: the same facts are not published twice
 * @throws InvalidCatalog when the catalog was written by another version of niiserve
 */
export async function publish (folder: ObjectFolder, catalogFile: string, dataset: ServedDataset, sidecars?: Pick<Sidecars, 'shelve'>): Promise<NamedPublication & { isNew: boolean }> {
  const copy = `${catalogFile}.published`
  const withReferences = `${copy}.references`
  try {
    copyCanonical([catalogFile], copy)
    if (sidecars !== undefined && await replaceHistories(copy, async (volume) => await sidecars.shelve(volume)) > 0) {
      await rename(copy, withReferences)
      copyCanonical([withReferences], copy)
    }
    const opened = new Catalog(openPublished(copy, RULES))
    const facts = { revision: opened.revision(), counts: opened.ask.counts() }
    opened.close()
    const catalog = await putCatalog(folder, copy, 'catalog/')
    const newest = await newestPublication(folder)
    if (newest !== undefined && isSame(newest.publication, catalog, dataset)) return { ...newest, isNew: false }
    for (let least = timeOf(newest?.name) + 1; ; least++) {
      const time = new Date(Math.max(Date.now(), least))
      const publication: Publication = { format: FORMAT, publishedAt: time.toISOString(), ...facts, dataset, catalog }
      const name = `${time.toISOString().replace(/[-:.]/g, '')}-${catalog.sha256.slice(0, 12)}`
      if (await folder.put(`${MANIFESTS}${name}.json`, Buffer.from(JSON.stringify(publication)), { createOnly: true }) === 'created') return { name, publication, isNew: true }
    }
  } finally {
    for (const file of [copy, withReferences]) await rm(file, { force: true })
  }
}

function isSame (publication: Publication, catalog: PackedCatalog, dataset: ServedDataset): boolean {
  return publication.catalog.sha256 === catalog.sha256 && JSON.stringify(publication.dataset) === JSON.stringify(dataset)
}

/** The time in a manifest's name, in ms since 1970: names go on growing even if this clock is behind another's. */
function timeOf (name: string | undefined): number {
  const [, date, hours, minutes, seconds, ms] = /^(\d{4}\d{2}\d{2})T(\d{2})(\d{2})(\d{2})(\d{3})Z-/.exec(name ?? '') ?? []
  return date === undefined ? 0 : Date.parse(`${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}T${hours}:${minutes}:${seconds}.${ms}Z`)
}
