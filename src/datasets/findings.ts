import { shown } from './file-names.js'

/** Kinds of what is wrong or odd with a whole data root. */
export const FINDINGS = [
  'images-missing', 'masks-missing', 'rows-unused', 'nothing-listed', 'folder-without-scans', 'mask-without-study', 'unlisted', 'other-format', 'spelled-otherwise'
] as const
export type FindingKind = typeof FINDINGS[number]

/** One kind of what is left out or missing: how many, and a sentence that names the first ones. */
export interface Finding { kind: FindingKind, count: number, detail: string }

/** The rest of the sentence after the names: for one, and for several. */
const SENTENCES: Record<Exclude<FindingKind, 'images-missing' | 'masks-missing' | 'rows-unused' | 'nothing-listed'>, [one: string, several: string]> = {
  'folder-without-scans': ['holds a folder and no scans; scans are looked for in it, not deeper', 'hold a folder and no scans; scans are looked for in them, not deeper'],
  'mask-without-study': ['belongs to no study; a mask is named after its study, <study>_mask.nii.gz', 'belong to no study; a mask is named after its study, <study>_mask.nii.gz'],
  unlisted: ['is not in the registry and is not served', 'are not in the registry and are not served'],
  'other-format': ['is neither .nii nor .nii.gz and is not served', 'are neither .nii nor .nii.gz and are not served'],
  'spelled-otherwise': ['is there and is served', 'are there and are served']
}

/** Collects what a layout leaves out, and reports one line per kind. */
export class Findings {
  private readonly found = new Map<keyof typeof SENTENCES, string[]>()

  /** @param what a key of the store, or a clause that begins with one */
  add (kind: keyof typeof SENTENCES, what: string): void {
    const all = this.found.get(kind)
    if (all === undefined) this.found.set(kind, [what])
    else all.push(what)
  }

  get lines (): Finding[] {
    return FINDINGS.flatMap((kind) => {
      const all = this.found.get(kind as keyof typeof SENTENCES)
      if (all === undefined) return []
      const [one, several] = SENTENCES[kind as keyof typeof SENTENCES]
      const rest = all.length === 1 ? one : `and ${all.length - 1} more ${several}`
      return [{ kind, count: all.length, detail: `${all[0]} ${rest}` }]
    })
  }
}

/** The listed files that are missing. */
export interface Missing { listed: number, missing: readonly string[], dangling: number }

/** "3 of 1110 images exist", unless all are. A dangling link is a sign of data that was not fetched. */
export function missingLine (what: 'image' | 'mask', { listed, missing, dangling }: Missing): Finding[] {
  const [first] = missing
  if (first === undefined) return []
  const there = listed - missing.length
  const links = dangling === 0 ? '' : `; ${dangling} of them ${dangling === 1 ? 'is a link' : 'are links'} to files that are not here (git-annex, DVC: fetch them)`
  const why = there === 0 && dangling === 0 ? '; is DATA_ROOT right?' : links
  return [{
    kind: `${what}s-missing`,
    count: missing.length,
    detail: `${there} of ${listed} ${what}${listed === 1 ? '' : 's'} ${listed === 1 ? 'exists' : 'exist'}${why}${there === 0 ? '' : `; missing: ${shown(first)}${missing.length > 1 ? ` and ${missing.length - 1} more` : ''}`}`
  }]
}
