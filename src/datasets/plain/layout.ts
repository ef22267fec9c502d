import type { LabelSet, Listing, ListedStudy, Tree } from '../dataset.js'
import { stemOf } from '../file-names.js'
import { listingOf, Studies } from '../listing.js'

const SUFFIX = /^(.+?)[_-](seg|mask|label)$/i
const LABEL_FOLDER = /mask|label|seg|annot|lesion|roi|(?:^|[_-])gt(?:$|[_-])/i

/**
 * Any other tree with NIfTI files. A study's id is its path below the root, with dots for slashes. A file is the mask of
 * an image if it has the image's name plus `_seg`, `_mask` or `_label`, or the same name in a sibling folder that is
 * named for masks. The listing's `reason` says what was taken for what.
 */
export function findPlain (tree: Tree): Listing | undefined {
  const files = tree.keys.filter((key) => stemOf(key) !== undefined)
  if (files.length === 0) return undefined
  const byPath = new Map(files.map((key) => [pathOf(key), key]))
  const masks = new Map<string, { of: string, set: string }>()
  const bySuffix = new Set<string>()
  const byFolder = new Set<string>()
  for (const key of files) {
    const path = pathOf(key)
    const suffixed = SUFFIX.exec(path)
    const siblings = siblingsOf(path, tree)
    const plain = suffixed?.[1] ?? path
    const image = suffixed !== null && byPath.has(plain) ? plain : siblings.find((one) => byPath.has(one)) ?? (suffixed === null ? undefined : siblingsOf(plain, tree).find((one) => byPath.has(one)))
    if (image === undefined) continue
    const folder = path.split('/').slice(-2, -1)[0] ?? ''
    const set = suffixed !== null && image === plain ? suffixed[2]!.toLowerCase() : folder
    masks.set(key, { of: byPath.get(image)!, set })
    if (suffixed !== null && image === plain) bySuffix.add(`_${suffixed[2]!}`)
    else byFolder.add(folder)
  }
  const masksOf = new Map<string, Map<string, string>>()
  for (const [mask, { of, set }] of masks) masksOf.set(of, new Map([...masksOf.get(of) ?? [], [set, mask]]))
  const studies = new Studies()
  for (const key of files) {
    if (masks.has(key)) continue
    const labels = masksOf.get(key)
    const mask: Partial<ListedStudy> = labels === undefined ? {} : { maskKey: [...labels.values()][0]!, labels }
    studies.add({ id: pathOf(key).replaceAll('/', '.'), imageKey: key, ...mask })
  }
  const sets: LabelSet[] = [...new Set([...masks.values()].map(({ set }) => set))].map((name) => ({ name, labels: [] }))
  const guessed = masks.size === 0
    ? 'none is taken for a mask'
    : `${masks.size} taken for masks, by ${[...[...bySuffix].map((suffix) => `the suffix ${suffix}`), ...[...byFolder].map((folder) => `the folder ${folder}`)].join(' and ')}`
  return listingOf('plain', `NIfTI files in no layout that is known: ${files.length}, ${guessed}`, studies, sets)
}

/** The key without its ending. */
function pathOf (key: string): string {
  return key.replace(/\.nii(?:\.gz)?$/i, '')
}

/** Where the image of a mask could be, if its folder is named for masks: the same name in each sibling folder. */
function siblingsOf (path: string, { keys }: Tree): string[] {
  const steps = path.split('/')
  const name = steps.pop()!
  const folder = steps.pop()
  if (folder === undefined || !LABEL_FOLDER.test(folder)) return []
  const parent = steps.length === 0 ? '' : `${steps.join('/')}/`
  return foldersIn(keys, parent).filter((other) => other !== folder && !LABEL_FOLDER.test(other)).map((other) => `${parent}${other}/${name}`)
}

const known = new WeakMap<readonly string[], Map<string, string[]>>()

/** The folders directly below a parent (`''`, or a path with a trailing slash). */
function foldersIn (keys: readonly string[], parent: string): string[] {
  let byParent = known.get(keys)
  if (byParent === undefined) known.set(keys, byParent = new Map())
  let folders = byParent.get(parent)
  if (folders === undefined) {
    folders = [...new Set(keys.flatMap((key) => key.startsWith(parent) && key.includes('/', parent.length) ? [key.slice(parent.length, key.indexOf('/', parent.length))] : []))]
    byParent.set(parent, folders)
  }
  return folders
}
