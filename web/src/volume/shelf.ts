import type { Get } from './array-answer.js'
import { OpenStudy, type FirstLook } from './open-study.js'
import { Turns } from './turns.js'

/** Studies on screen that are free; what is beyond them, and what is kept after it was left, shares the bytes below. */
const FREE_STUDIES = 2
export const BESIDE_BYTES = 128 * 2 ** 20

/** The studies in memory: those on screen, and those that were left last, so that going back costs nothing. */
export class Shelf {
  /** least recently used first */
  private readonly studies = new Map<string, { study: OpenStudy, holders: number }>()

  private readonly turns = new Turns()

  constructor (private readonly get: Get, private readonly besideBytes = BESIDE_BYTES) {}

  /** Take a study into view, and load what is missing of it. Each `take` is ended by one `leave`. */
  take (id: string, first: FirstLook): OpenStudy {
    const entry = this.studies.get(id) ?? { study: new OpenStudy(id, this.get, this.turns), holders: 0 }
    this.studies.delete(id)
    this.studies.set(id, entry)
    entry.holders++
    entry.study.open(first)
    this.tidy()
    return entry.study
  }

  /** Leave a study: nobody looks at it any more, so its requests are given up; what has arrived is kept while there is room. */
  leave (id: string): void {
    const entry = this.studies.get(id)
    if (entry === undefined || --entry.holders > 0) return
    entry.study.close()
    entry.study.onChange = () => {}
    this.tidy()
  }

  /** Load a study that will probably be looked at next; it counts among those that were left. */
  prefetch (id: string, first: FirstLook): void {
    if (this.studies.has(id)) return
    const study = new OpenStudy(id, this.get, this.turns)
    study.onChange = () => this.tidy()
    this.studies.set(id, { study, holders: 0 })
    study.open(first)
  }

  /** Ids of the studies that are held, least recently used first. */
  get held (): string[] {
    return [...this.studies.keys()]
  }

  /** Bytes beside the studies that are free. */
  get beside (): number {
    const shown = [...this.studies.values()].filter(({ holders }) => holders > 0).map(({ study }) => study.bytes).sort((a, b) => b - a)
    const left = [...this.studies.values()].filter(({ holders }) => holders === 0).map(({ study }) => study.bytes)
    return [...shown.slice(FREE_STUDIES), ...left].reduce((sum, bytes) => sum + bytes, 0)
  }

  private tidy (): void {
    for (const [id, { study, holders }] of this.studies) {
      if (this.beside <= this.besideBytes) return
      if (holders > 0) continue
      study.close()
      this.studies.delete(id)
    }
  }
}
