import type { LabelSet, ListedStudy, Listing, ListingFault } from './dataset.js'
import { quoted, shown, STUDY_ID } from './file-names.js'

/** Collects studies and their faults; every id is served once. */
export class Studies {
  readonly faults: ListingFault[] = []
  private readonly listed = new Map<string, ListedStudy>()

  has (id: string): boolean {
    return this.listed.has(id)
  }

  add (study: Omit<ListedStudy, 'number' | 'row' | 'category' | 'maskKey'> & Partial<ListedStudy>): void {
    const { id, imageKey } = study
    const row = study.row ?? null
    const earlier = this.listed.get(id)
    if (!STUDY_ID.test(id)) this.faults.push({ row, id: null, detail: `${shown(imageKey)} gives the id ${quoted(id)}; ids match ${STUDY_ID.source}` })
    else if (earlier !== undefined) this.faults.push({ row, id, detail: `${shown(imageKey)} has the id of ${shown(earlier.imageKey)}, which is served`, clash: true })
    else this.listed.set(id, { number: null, category: null, maskKey: null, ...study, row })
  }

  report (detail: string, id: string | null = null): void {
    this.faults.push({ row: null, id, detail })
  }

  /** The studies by id. */
  get all (): ListedStudy[] {
    return [...this.listed.values()].sort((a, b) => a.id < b.id ? -1 : 1)
  }
}

/** A study's only annotation file, which is also its mask. */
export function annotated (set: LabelSet, key: string | undefined): Pick<ListedStudy, 'maskKey' | 'labels'> {
  return key === undefined ? { maskKey: null } : { maskKey: key, labels: new Map([[set.name, key]]) }
}

/** A listing without the parts that only few layouts have. */
export function listingOf (layout: string, reason: string, studies: Studies, labelSets: readonly LabelSet[], further: Partial<Listing> = {}): Listing {
  return { layout, reason, source: 'tree', studies: studies.all, faults: studies.faults, findings: [], labelSets, ...further }
}
