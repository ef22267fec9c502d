/** Bytes of a page, the unit of allocation: 64 KiB wastes little on a slice of 512 KiB and keeps the list of runs short. */
export const PAGE_BYTES = 65_536

/** A run of pages in the arena: free, or holding one tenant. Runs lie next to each other in address order. */
export interface Run<Tenant> {
  offset: number
  pages: number
  tenant: Tenant | null
  before: Run<Tenant> | null
  after: Run<Tenant> | null
}

/** When a tenant was last used; `null` while it must not be evicted. */
export type LastUse<Tenant> = (tenant: Tenant) => number | null

/**
 * All memory for decoded voxels, reserved once and handed out in runs of pages.
 *
 * It is one SharedArrayBuffer: V8 does not count shared buffers towards garbage collection, so one buffer per slab,
 * dropped at the rate of cold slices, would pile up unnoticed. The system backs only pages that were written to.
 */
export class Arena<Tenant> {
  readonly buffer: SharedArrayBuffer
  private readonly first: Run<Tenant>
  private usedPages = 0

  /** @param bytes capacity, rounded down to whole pages */
  constructor (bytes: number, private readonly lastUse: LastUse<Tenant>, private readonly onEvict: (tenant: Tenant) => void) {
    const pages = Math.floor(bytes / PAGE_BYTES)
    this.buffer = new SharedArrayBuffer(pages * PAGE_BYTES)
    this.first = { offset: 0, pages, tenant: null, before: null, after: null }
  }

  get usedBytes (): number {
    return this.usedPages * PAGE_BYTES
  }

  /**
   * Give `tenant` a run of at least `bytes`, evicting the least recently used tenants that lie side by side.
   *
   * @param exact the least recently used tenant's run: taken without a search if it has the right size
   * @returns undefined when pinned tenants leave no run that long
   */
  allocate (bytes: number, tenant: Tenant, exact?: Run<Tenant> | null): Run<Tenant> | undefined {
    const pages = Math.max(1, Math.ceil(bytes / PAGE_BYTES))
    // With fewer free pages than needed, no search can find a better run than a least recently used one of this size.
    if (exact != null && exact.pages === pages && exact.tenant !== null && this.freePages < pages) {
      this.evict(exact)
      exact.tenant = tenant
      this.usedPages += pages
      return exact
    }
    const window = this.oldestWindow(pages)
    return window === undefined ? undefined : this.occupy(window, pages, tenant)
  }

  /** Give a run back; it is merged with free neighbours. */
  free (run: Run<Tenant>): void {
    run.tenant = null
    this.usedPages -= run.pages
    if (run.after?.tenant === null) this.absorb(run, run.after)
    if (run.before?.tenant === null) this.absorb(run.before, run)
  }

  private get freePages (): number {
    return this.buffer.byteLength / PAGE_BYTES - this.usedPages
  }

  /** The first of adjacent runs with `pages` pages together whose latest use is longest ago. Free runs count as never used. */
  private oldestWindow (pages: number): Run<Tenant> | undefined {
    let best: Run<Tenant> | undefined
    let bestUse = Infinity
    for (let start: Run<Tenant> | null = this.first; start !== null; start = start.after) {
      const use = this.windowUse(start, pages, bestUse)
      if (use < bestUse) {
        best = start
        bestUse = use
        if (use === -Infinity) break
      }
    }
    return best
  }

  /** Latest use in the window that begins at `start`; Infinity if it is pinned, too short, or used at or after `bound`. */
  private windowUse (start: Run<Tenant>, pages: number, bound: number): number {
    let latest = -Infinity
    let found = 0
    for (let run: Run<Tenant> | null = start; run !== null; run = run.after) {
      const use = run.tenant === null ? -Infinity : this.lastUse(run.tenant) ?? Infinity
      if (use > latest) latest = use
      if (latest >= bound) return Infinity
      found += run.pages
      if (found >= pages) return latest
    }
    return Infinity
  }

  private occupy (start: Run<Tenant>, pages: number, tenant: Tenant): Run<Tenant> {
    if (start.tenant !== null) this.evict(start)
    while (start.pages < pages) {
      const next = start.after!
      if (next.tenant !== null) this.evict(next)
      this.absorb(start, next)
    }
    if (start.pages > pages) this.split(start, pages)
    start.tenant = tenant
    this.usedPages += pages
    return start
  }

  private evict (run: Run<Tenant>): void {
    const tenant = run.tenant!
    run.tenant = null
    this.usedPages -= run.pages
    this.onEvict(tenant)
  }

  private absorb (run: Run<Tenant>, next: Run<Tenant>): void {
    run.pages += next.pages
    run.after = next.after
    if (next.after !== null) next.after.before = run
  }

  private split (run: Run<Tenant>, pages: number): void {
    const rest: Run<Tenant> = { offset: run.offset + pages * PAGE_BYTES, pages: run.pages - pages, tenant: null, before: run, after: run.after }
    if (run.after !== null) run.after.before = rest
    run.after = rest
    run.pages = pages
  }
}
