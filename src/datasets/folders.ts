import { FileRefused, OutsideRoot } from '../storage/refused.js'
import type { TreeFiles } from '../storage/object-store.js'
import type { Entry } from '../storage/object-store.js'

/**
 * The folders of a store, each listed once, and their files in any spelling. A registry and a disk written on two systems
 * may differ in letter case, in how `й` is composed, and in whether the files are still gzipped.
 */
export class Folders {
  private readonly listed = new Map<string, Folder>()
  private readonly reported = new Set<string>()
  private readonly spelled = new Map<string, string | undefined>()
  private readonly linked = new Map<string, boolean>()

  /** @param report called once for each folder that `entries` cannot list, with the reason */
  constructor (private readonly store: TreeFiles, private readonly report: (detail: string) => void = () => {}) {}

  /** The entries of a folder, by name; none where there is no such folder. @param folder '' is the root */
  entries (folder: string): readonly Entry[] {
    const { entries, refusal } = this.folder(folder)
    if (refusal !== undefined && !this.reported.has(folder)) {
      this.reported.add(folder)
      this.report(refusal)
    }
    return entries
  }

  /**
   * The key of a file on disk: the key itself, else with `.nii` for `.nii.gz` or the reverse. Each is matched exactly, else
   * by the only name that differs in Unicode composition, else by the only one that differs in letter case.
   *
   * @returns undefined where there is no such file; the key itself where the root cannot be listed
   */
  find (key: string): string | undefined {
    if (!this.store.isListed) return key
    const [parent, name] = split(key)
    const folder = this.findFolder(parent)
    if (folder === undefined) return undefined
    for (const spelling of [name, otherEnding(name)]) {
      const found = spelling === undefined ? undefined : this.folder(folder).find(spelling)
      if (found === undefined) continue
      // The key itself, where it is spelled so: of a hundred thousand nearly all are.
      const there = found.name === name && folder === parent ? key : join(folder, found.name)
      if (found.kind !== 'link' || this.isThere(there)) return there
    }
    return undefined
  }

  /** Whether the key, or a folder on the way to it, is a link or has a name that a path cannot go through unseen. */
  hasLink (key: string): boolean {
    if (key === '') return false
    const [parent, name] = split(key)
    if (name === '..' || name === '.' || name === '' || /[\\\0]/.test(name)) return true
    let above = this.linked.get(parent)
    if (above === undefined) this.linked.set(parent, above = this.hasLink(parent))
    return above || this.folder(parent).entry(name)?.kind === 'link'
  }

  /** Whether the key exists, links followed; an unreachable file counts as existing. */
  isThere (key: string): boolean {
    try {
      return this.store.resolve(key) !== undefined
    } catch {
      return true
    }
  }

  /** Whether the key is a link to nothing. */
  isDangling (key: string): boolean {
    const [parent, name] = split(key)
    const entry = this.folder(parent).find(name)
    return entry?.kind === 'link' && !this.isThere(key)
  }

  /** The key of a folder on disk: matched exactly, else as `find` compares names. @param folder '' is the root */
  findFolder (folder: string): string | undefined {
    if (folder === '') return ''
    if (!this.spelled.has(folder)) {
      const [parent, name] = split(folder)
      const above = this.findFolder(parent)
      const entry = above === undefined ? undefined : this.folder(above).find(name)
      this.spelled.set(folder, entry === undefined || entry.kind === 'file' ? undefined : join(above!, entry.name))
    }
    return this.spelled.get(folder)
  }

  private folder (key: string): Folder {
    let folder = this.listed.get(key)
    if (folder === undefined) this.listed.set(key, folder = this.list(key))
    return folder
  }

  private list (folder: string): Folder {
    try {
      return new Folder(this.store.list(folder) ?? [])
    } catch (error) {
      if (!(error instanceof OutsideRoot || error instanceof FileRefused)) throw error
      return new Folder([], error.message)
    }
  }
}

/** The entries of one folder, by their exact names and by their normalised names. */
class Folder {
  private readonly named = new Map<string, Entry>()
  /** by composed name in lower case; built when an exact name is not found */
  private alike: ReadonlyMap<string, Entry[]> | undefined

  constructor (readonly entries: readonly Entry[], readonly refusal?: string) {
    for (const entry of entries) this.named.set(entry.name, entry)
  }

  /** The entry of exactly that name. */
  entry (name: string): Entry | undefined {
    return this.named.get(name)
  }

  find (name: string): Entry | undefined {
    const exact = this.named.get(name)
    if (exact !== undefined) return exact
    this.alike ??= groups(this.entries, folded)
    const alike = this.alike.get(folded(name)) ?? []
    const composedAlike = alike.filter((entry) => composed(entry.name) === composed(name))
    const [only, another] = composedAlike.length > 0 ? composedAlike : alike
    return another === undefined ? only : undefined
  }
}

function groups (entries: readonly Entry[], by: (name: string) => string): Map<string, Entry[]> {
  const found = new Map<string, Entry[]>()
  for (const entry of entries) {
    const key = by(entry.name)
    const group = found.get(key)
    if (group === undefined) found.set(key, [entry])
    else group.push(entry)
  }
  return found
}

/** Composes a name: a folder written on macOS has decomposed names (NFD), a registry composed ones (NFC). */
function composed (text: string): string {
  return text.normalize('NFC')
}

function folded (text: string): string {
  return composed(text).toLowerCase()
}

function otherEnding (name: string): string | undefined {
  if (/\.nii$/i.test(name)) return `${name}.gz`
  return /\.nii\.gz$/i.test(name) ? name.slice(0, -3) : undefined
}

function split (key: string): [folder: string, name: string] {
  const at = key.lastIndexOf('/')
  return [key.slice(0, Math.max(0, at)), key.slice(at + 1)]
}

/** The key of a name in a folder. @param folder '' is the root */
export function join (folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`
}
