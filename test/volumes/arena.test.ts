import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Arena, PAGE_BYTES, type Run } from '../../src/volumes/arena.js'

interface Tenant { id: number, pages: number, pinned: boolean, lastUse: number, run?: Run<Tenant> }

type Step =
  | { do: 'allocate', pages: number, exact: boolean }
  | { do: 'touch' | 'pin' | 'unpin' | 'free', which: number }

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('allocate' as const), pages: fc.integer({ min: 1, max: 7 }), exact: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('touch' as const, 'pin' as const, 'unpin' as const, 'free' as const), which: fc.nat(20) }) }
)

/** The naive model: one entry per page. */
function pagesOf (tenants: Iterable<Tenant>, total: number): (Tenant | null)[] {
  const pages: (Tenant | null)[] = Array(total).fill(null)
  for (const tenant of tenants) {
    const first = tenant.run!.offset / PAGE_BYTES
    for (let page = first; page < first + tenant.pages; page++) {
      assert.equal(pages[page], null, `page ${page} belongs to two tenants, or is outside`)
      pages[page] = tenant
    }
  }
  return pages
}

/** The latest use in the window that was last used longest ago; Infinity where pinned tenants leave none. */
function leastLatestUse (pages: readonly (Tenant | null)[], wanted: number): number {
  let best = Infinity
  for (let start = 0; start + wanted <= pages.length; start++) {
    const uses = pages.slice(start, start + wanted).map((tenant) => tenant === null ? -Infinity : tenant.pinned ? Infinity : tenant.lastUse)
    best = Math.min(best, Math.max(...uses))
  }
  return best
}

describe('Arena', () => {
  it('never overlaps, loses a page, or evicts what is pinned; it evicts what was used longest ago (property)', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 20 }), fc.array(anyStep, { maxLength: 60 }), (total, steps) => {
      const live = new Set<Tenant>()
      const evicted: Tenant[] = []
      const arena = new Arena<Tenant>(total * PAGE_BYTES + 17, ({ pinned, lastUse }) => pinned ? null : lastUse, (tenant) => {
        assert.ok(!tenant.pinned, 'a pinned tenant was evicted')
        live.delete(tenant)
        evicted.push(tenant)
      })
      let clock = 0
      for (const step of steps) {
        const known = [...live]
        if (step.do === 'allocate') {
          const tenant: Tenant = { id: clock, pages: step.pages, pinned: false, lastUse: ++clock }
          const best = leastLatestUse(pagesOf(live, total), step.pages)
          const oldest = known.filter(({ pinned }) => !pinned).sort((a, b) => a.lastUse - b.lastUse)[0]
          evicted.length = 0
          const run = arena.allocate(step.pages * PAGE_BYTES - 5, tenant, step.exact ? oldest?.run ?? null : undefined)
          assert.equal(run === undefined, best === Infinity, 'refuses exactly where there is no window without pins')
          if (run !== undefined) {
            assert.equal(run.pages, step.pages)
            // With `exact`, the least recently used run of that very size may be taken instead of a search.
            const latest = Math.max(-Infinity, ...evicted.map(({ lastUse }) => lastUse))
            assert.ok(latest === best || (step.exact && evicted.length === 1 && evicted[0] === oldest), `evicted use ${latest}, best ${best}`)
            tenant.run = run
            live.add(tenant)
          }
        } else {
          const tenant = known[step.which % Math.max(1, known.length)]
          if (tenant === undefined) continue
          if (step.do === 'touch') tenant.lastUse = ++clock
          if (step.do === 'pin') tenant.pinned = true
          if (step.do === 'unpin') tenant.pinned = false
          if (step.do === 'free') {
            arena.free(tenant.run!)
            live.delete(tenant)
          }
        }
        pagesOf(live, total)
        assert.equal(arena.usedBytes, [...live].reduce((sum, { pages }) => sum + pages, 0) * PAGE_BYTES)
      }
      for (const tenant of live) tenant.pinned = false
      for (const tenant of [...live].filter((_, n) => n % 2 === 0)) {
        arena.free(tenant.run!)
        live.delete(tenant)
      }
      assert.equal(arena.allocate(total * PAGE_BYTES, { id: -1, pages: total, pinned: false, lastUse: 0 })?.offset, 0, 'the whole can be had again')
      assert.equal(live.size, 0)
    }), { numRuns: 300 })
  })

  it('gives memory of its own to each tenant', () => {
    const arena = new Arena<string>(3 * PAGE_BYTES, () => 0, () => {})
    const runs = ['a', 'b', 'c'].map((name) => arena.allocate(10, name)!)
    assert.deepEqual(runs.map(({ offset }) => offset), [0, PAGE_BYTES, 2 * PAGE_BYTES])
    assert.equal(arena.buffer.byteLength, 3 * PAGE_BYTES)
    assert.equal(arena.allocate(4 * PAGE_BYTES, 'more than there is'), undefined)
  })
})
