import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PAGE_BYTES } from '../../src/volumes/arena.js'
import { SlabCache } from '../../src/volumes/slab-cache.js'

/** A cache of so many pages. */
const cacheOf = (pages: number) => new SlabCache(pages * PAGE_BYTES)

/** Put a slab of some pages in, and let go of it. */
function put (cache: SlabCache, volume: string, k: number, pages = 1): boolean {
  const slab = cache.reserve(volume, k, pages * PAGE_BYTES)
  if (slab === undefined) return false
  cache.publish(slab)
  cache.release(slab)
  return true
}

const held = (cache: SlabCache, volume: string, ks: readonly number[]) => ks.filter((k) => cache.has(volume, k))

describe('SlabCache', () => {
  it('never holds more bytes than its capacity', () => {
    const cache = cacheOf(4)
    for (let k = 0; k < 100; k++) {
      assert.ok(put(cache, 'a', k, 1 + k % 3))
      assert.ok(cache.stats.bytes <= 4 * PAGE_BYTES)
    }
    assert.equal(cache.stats.capacity, 4 * PAGE_BYTES)
    assert.equal(cache.buffer.byteLength, 4 * PAGE_BYTES)
  })

  it('counts only the slabs that are present, for a volume that is present in part', () => {
    const cache = cacheOf(8)
    put(cache, 'a', 3)
    put(cache, 'a', 7, 2)
    assert.deepEqual(held(cache, 'a', [0, 3, 5, 7]), [3, 7])
    assert.deepEqual([cache.stats.bytes, cache.stats.slabs], [3 * PAGE_BYTES, 2])
    assert.ok(cache.holds('a'))
    assert.ok(!cache.holds('b'))
  })

  it('puts out the least recently used', () => {
    const cache = cacheOf(3)
    for (const k of [0, 1, 2]) put(cache, 'a', k)
    cache.release(cache.take('a', 0)!)
    put(cache, 'a', 3)
    assert.deepEqual(held(cache, 'a', [0, 1, 2, 3]), [0, 2, 3])
    assert.equal(cache.stats.evictions, 1)
  })

  it('never evicts a pinned slab, and allocates nothing if all are pinned', () => {
    const cache = cacheOf(2)
    put(cache, 'a', 0)
    put(cache, 'a', 1)
    const [first, second] = [cache.take('a', 0)!, cache.take('a', 1)!]
    assert.equal(cache.reserve('a', 2, 10), undefined)
    cache.release(first)
    assert.ok(put(cache, 'a', 2))
    assert.deepEqual(held(cache, 'a', [0, 1, 2]), [1, 2])
    cache.release(second)
  })

  it('shows a slab only after it is published, and frees an abandoned one', () => {
    const cache = cacheOf(2)
    const slab = cache.reserve('a', 0, 10)!
    assert.equal(cache.take('a', 0), undefined)
    assert.ok(!cache.has('a', 0))
    cache.abandon(slab)
    assert.equal(cache.stats.bytes, 0)
    assert.ok(put(cache, 'a', 0, 2), 'its room is free again')
  })

  it('forgets a dropped volume at once, and frees what readers hold when they let go', () => {
    const cache = cacheOf(3)
    put(cache, 'old', 0)
    put(cache, 'old', 1)
    put(cache, 'other', 0)
    const reader = cache.take('old', 0)!
    new Uint8Array(cache.buffer, reader.offset, 4).fill(7)
    cache.drop('old')
    assert.deepEqual([cache.has('old', 0), cache.has('old', 1), cache.has('other', 0)], [false, false, true])
    assert.equal(cache.stats.bytes, 2 * PAGE_BYTES, 'one is held, one is another volume\'s')
    for (let n = 0; n < 5; n++) put(cache, 'new', n)
    assert.deepEqual([...new Uint8Array(cache.buffer, reader.offset, 4)], [7, 7, 7, 7], 'nobody wrote over it')
    cache.release(reader)
    assert.ok(put(cache, 'new', 9, 3), 'all pages can be had again')
  })

  it('takes a slab of a volume that was dropped while it was decoded for nobody\'s', () => {
    const cache = cacheOf(2)
    const slab = cache.reserve('a', 0, 10)!
    cache.drop('a')
    cache.publish(slab)
    assert.equal(cache.take('a', 0), undefined)
    cache.release(slab)
    assert.equal(cache.stats.bytes, 0)
  })

  it('holds a slab for each of its readers', () => {
    const cache = cacheOf(1)
    put(cache, 'a', 0)
    const [one, two] = [cache.take('a', 0)!, cache.take('a', 0)!]
    assert.equal(one.offset, two.offset)
    cache.release(one)
    assert.ok(!put(cache, 'b', 0))
    cache.release(two)
    assert.ok(put(cache, 'b', 0))
  })
})
