import { ConfigError, DatasetError } from '../errors.js'
import type { TreeFiles } from '../storage/object-store.js'
import { findCovid19CtSeg } from './covid19-ct-seg/layout.js'
import type { DatasetDescription, LabelSet, ListedStudy, Listing, ListingFault, Tree } from './dataset.js'
import { describeDataset, readOwnDescription } from './description.js'
import type { OwnDescription } from './description.js'
import { quoted, shown } from './file-names.js'
import { missingLine } from './findings.js'
import { Folders } from './folders.js'
import { findKits } from './kits/layout.js'
import { findMosMed } from './mosmed/layout.js'
import { recognised } from './mosmed/registry.js'
import { findMsd } from './msd/layout.js'
import { findNnunet } from './nnunet/layout.js'
import { findPlain } from './plain/layout.js'
import { listTable } from './table/layout.js'
import { findTotalSegmentator } from './totalsegmentator/layout.js'
import { readTree } from './tree.js'

/** Layouts recognised from names alone, in the order in which they are tried. */
const BY_NAMES: ReadonlyArray<{ name: string, find: (tree: Tree) => Listing | undefined }> = [
  { name: 'nnunet', find: findNnunet },
  { name: 'msd', find: findMsd },
  { name: 'covid19-ct-seg', find: findCovid19CtSeg },
  { name: 'totalsegmentator', find: findTotalSegmentator },
  { name: 'kits', find: findKits },
  { name: 'plain', find: findPlain }
]

/** Every layout that DATA_LAYOUT can force, in the order of detection. */
export const LAYOUTS = ['mosmed', ...BY_NAMES.map(({ name }) => name)] as const

/** A dataset as found: its listing and its description. */
export interface FoundDataset { listing: Listing, description: DatasetDescription }

/**
 * Read a data root by the forced layout, else by the first layout that recognises it. The root's own description takes
 * precedence.
 *
 * @param forced the value of DATA_LAYOUT
 * @throws DatasetError when no layout recognises it, or its description cannot be used; ConfigError for an unknown layout
 */
export async function findDataset (store: TreeFiles, forced?: string): Promise<FoundDataset> {
  const own = readOwnDescription(store)
  const wanted = forced ?? own?.layout
  if (wanted !== undefined && !LAYOUTS.includes(wanted)) throw noSuchLayout(wanted, forced === undefined ? own : undefined)
  const listing = own?.studies !== undefined ? tableOf(store, own.studies) : await listingOf(store, wanted)
  return { listing: completed(listing, own), description: describeDataset(store.root, own?.dataset, listing.description) }
}

function noSuchLayout (wanted: string, own: OwnDescription | undefined): Error {
  const detail = `${quoted(wanted)} is none of ${LAYOUTS.join(', ')}`
  return own === undefined ? new ConfigError('DATA_LAYOUT', detail) : new DatasetError(`${own.file}: layout ${detail}`)
}

async function listingOf (store: TreeFiles, wanted: string | undefined): Promise<Listing> {
  if (wanted === undefined || wanted === 'mosmed') {
    const mosmed = await findMosMed(store)
    if (mosmed !== undefined) return mosmed
  }
  const astray: ListingFault[] = []
  const tree = readTree(store, astray)
  for (const { name, find } of BY_NAMES) {
    if (wanted !== undefined && name !== wanted) continue
    if (name === 'plain' && wanted === undefined) refuseOuterFolder(store)
    const listing = find(tree)
    if (listing !== undefined) return withMissing(store, { ...listing, faults: [...astray, ...listing.faults] })
  }
  throw new DatasetError(wanted === undefined
    ? 'The data root holds neither dataset_registry.xlsx nor dataset_registry.csv nor folders CT-0 to CT-4, at its top or in studies/, nor any .nii or .nii.gz file'
    : `The data root is not in the layout ${wanted}`)
}

function tableOf (store: TreeFiles, table: string): Listing {
  const faults: ListingFault[] = []
  const listing = listTable(readTree(store, faults), table)
  return withMissing(store, { ...listing, faults: [...faults, ...listing.faults] })
}

/** The most folders of the root that are tried as roots. */
const MOST_INNER_ROOTS = 50

/** An archive is often unpacked into a subfolder; its parent is not the dataset, and would give wrong ids. */
function refuseOuterFolder (store: TreeFiles): void {
  const folders = (store.list('') ?? []).filter(({ kind, name }) => kind === 'folder' && !name.startsWith('.'))
  for (const { name } of folders.slice(0, MOST_INNER_ROOTS)) {
    const inner = store.below(name)
    const layout = recognised(inner) === undefined ? layoutByNames(inner) : 'mosmed'
    if (layout === undefined) continue
    throw new DatasetError('The data root holds neither dataset_registry.xlsx nor dataset_registry.csv nor folders CT-0 to CT-4, at its top or in studies/, ' +
      `nor any other layout; its folder ${shown(name)} is in the layout ${layout}: DATA_ROOT must name that one`)
  }
}

function layoutByNames (store: TreeFiles): string | undefined {
  const tree = readTree(store, [])
  return BY_NAMES.find(({ name, find }) => name !== 'plain' && find(tree) !== undefined)?.name
}

/** Adds missing files to the findings. MosMedData's listing does so itself: its registry may spell names differently. */
function withMissing (store: TreeFiles, listing: Listing): Listing {
  const folders = new Folders(store)
  const missing = (keys: readonly string[]) => {
    const notThere = keys.filter((key) => folders.find(key) === undefined)
    return { listed: keys.length, missing: notThere, dangling: notThere.filter((key) => folders.isDangling(key)).length }
  }
  return {
    ...listing,
    findings: [
      ...missingLine('image', missing(listing.studies.map(({ imageKey }) => imageKey))),
      ...missingLine('mask', missing(listing.studies.flatMap(({ maskKey }) => maskKey ?? []))),
      ...(listing.studies.length > 0 ? [] : [{ kind: 'nothing-listed' as const, count: 0, detail: 'No study is listed, so nothing is served' }]),
      ...listing.findings
    ]
  }
}

/** Labels and categories in `niiserve.json` take precedence over the layout's. */
function completed (listing: Listing, own: OwnDescription | undefined): Listing {
  const labelSets = own?.labelSets === undefined ? listing.labelSets : merged(listing.labelSets, own.labelSets)
  const scale = own?.scale ?? listing.scale ?? scaleFrom(listing)
  const known = new Set(scale?.grades.map(({ id }) => id))
  const faults = listing.studies.flatMap(({ id, row, category }) => category === null || known.has(category) ? [] : [{ row, id, detail: `category ${quoted(category)} is none of ${[...known].join(', ')}` }])
  const studies = faults.length === 0 ? listing.studies : listing.studies.map((study) => study.category === null || known.has(study.category) ? study : { ...study, category: null })
  return { ...listing, labelSets, studies: studies.map((study) => withMask(study, labelSets[0]?.name)), faults: [...listing.faults, ...faults], ...(scale !== undefined && { scale }) }
}

/** Takes each study's mask from the first set. */
function withMask (study: ListedStudy, first: string | undefined): ListedStudy {
  if (study.labels === undefined || first === undefined) return study
  const files = study.labels.get(first)
  return { ...study, maskKey: typeof files === 'string' ? files : null }
}

function merged (known: readonly LabelSet[], own: readonly LabelSet[]): LabelSet[] {
  const named = new Map(own.map((set) => [set.name, set]))
  return [...known.map((set) => named.get(set.name) ?? set), ...own.filter(({ name }) => !known.some((set) => set.name === name))]
}

/** The scale of a table with categories but no scale: their names in order. */
function scaleFrom ({ studies }: Listing): Listing['scale'] {
  const ids = [...new Set(studies.flatMap(({ category }) => category ?? []))].sort()
  return ids.length === 0 ? undefined : { grades: ids.map((id) => ({ id, title: id, description: null, involvement: null })) }
}
