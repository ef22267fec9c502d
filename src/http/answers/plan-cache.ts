import { LRUCache } from 'lru-cache'
import type { OpenVolume } from '../../volumes/open-volumes.js'
import type { Described } from './described.js'

/** How many plans are kept, at about 2 KiB each with their headers. */
const KEPT_PLANS = 4_096

/** A plan and the description of its answer. */
export interface Planned<Plan> { plan: Plan, described: Described }

/**
 * Plans of recent requests by URL, so that a slice that is asked for again is neither planned nor described anew.
 * A plan is of one state of its files: another state of either is another plan.
 */
export class PlanCache<Plan extends { volume: OpenVolume, mask?: OpenVolume | null }> {
  private readonly plans = new LRUCache<string, Planned<Plan>>({ max: KEPT_PLANS })

  get (url: string, volume: OpenVolume, mask: OpenVolume | null, make: () => Planned<Plan>): Planned<Plan> {
    const known = this.plans.get(url)
    if (known !== undefined && known.plan.volume === volume && (known.plan.mask ?? null) === mask) return known
    const made = make()
    this.plans.set(url, made)
    return made
  }
}
