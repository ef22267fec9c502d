import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ClientGone, Overloaded } from '../../src/errors.js'
import { RoomQueue } from '../../src/volumes/room-queue.js'

/** So many places, some of them taken. */
function places (free: number) {
  const state = { free, held: 0 }
  const queue = new RoomQueue(() => state.held > 0)
  const take = (count: number) => () => {
    if (count > state.free) return undefined
    state.free -= count
    state.held += count
    return count
  }
  const give = (count: number) => {
    state.free += count
    state.held -= count
    queue.look()
  }
  return { queue, take, give, state }
}

const forEver = { until: Infinity }

describe('RoomQueue', () => {
  it('serves at once where there is room and nobody waits', async () => {
    const { queue, take } = places(3)
    assert.equal(await queue.pass(take(2), forEver), 2)
    assert.ok(queue.isEmpty)
  })

  it('serves in the order they came: something small does not pass something large', async () => {
    const { queue, take, give } = places(4)
    const served: string[] = []
    await queue.pass(take(3), forEver)
    const large = queue.pass(take(4), forEver).then(() => served.push('large'))
    const small = queue.pass(take(1), forEver).then(() => served.push('small'))
    await new Promise(setImmediate)
    assert.deepEqual(served, [], 'one place is free, and the small one waits for its turn')
    give(3)
    await large
    assert.deepEqual(served, ['large'])
    give(4)
    await small
  })

  it('refuses with Overloaded when it is too late, and lets the next one pass', async () => {
    const { queue, take } = places(1)
    await queue.pass(take(1), forEver)
    const late = queue.pass(take(5), { until: performance.now() + 10 })
    await assert.rejects(late, Overloaded)
    assert.ok(queue.isEmpty)
  })

  it('refuses what there will never be room for: nobody holds anything that could become free', async () => {
    const { queue, take } = places(2)
    await assert.rejects(queue.pass(take(3), forEver), Overloaded)
    assert.equal(await queue.pass(take(2), forEver), 2)
  })

  it('ends the wait of a client that goes, and only that', async () => {
    const { queue, take, give } = places(1)
    await queue.pass(take(1), forEver)
    const client = new AbortController()
    const gone = queue.pass(take(1), { ...forEver, signal: client.signal })
    const stays = queue.pass(take(1), forEver)
    client.abort()
    await assert.rejects(gone, ClientGone)
    give(1)
    assert.equal(await stays, 1)
    await assert.rejects(queue.pass(take(1), { ...forEver, signal: client.signal }), ClientGone, 'one that is gone already')
  })

  it('hands on what taking throws', async () => {
    const { queue, take, give } = places(1)
    await queue.pass(take(1), forEver)
    let isOpen = false
    const fails = queue.pass(() => {
      if (isOpen) throw new RangeError('not this one')
      return undefined
    }, forEver)
    isOpen = true
    give(1)
    await assert.rejects(fails, RangeError)
  })
})
