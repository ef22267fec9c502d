import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { ClientGone, Overloaded } from '../../src/errors.js'
import { FetchGate } from '../../src/storage/remote/fetch-gate.js'
import type { Turn } from '../../src/storage/remote/fetch-gate.js'

async function isIn ({ ready }: Turn): Promise<boolean> {
  return await Promise.race([ready.then(() => true), turn().then(() => false)])
}

describe('the gate before a store', () => {
  it('lets requests through while their bytes fit, then in the order of arrival', async () => {
    const gate = new FetchGate(100)
    const [first, second, third] = [gate.enter(60, 1), gate.enter(60, 1), gate.enter(10, 1)]
    assert.deepEqual([await isIn(first), await isIn(second), await isIn(third)], [true, false, false])
    first.leave()
    assert.deepEqual([await isIn(second), await isIn(third)], [true, true])
    assert.equal(gate.stats.bytes, 70)
  })

  it('counts bytes until they are released, also after they have landed', async () => {
    const gate = new FetchGate(100)
    const first = gate.enter(80, 1)
    first.land()
    assert.deepEqual({ ...gate.stats, limit: 0 }, { inFlight: 0, bytes: 80, waiting: 0, limit: 0 })
    const second = gate.enter(80, 1)
    assert.equal(await isIn(second), false)
    first.leave()
    first.leave()
    assert.equal(await isIn(second), true)
  })

  it('lets one through alone that is larger than the bound', async () => {
    const gate = new FetchGate(100)
    const small = gate.enter(10, 1)
    const large = gate.enter(1000, 1)
    assert.equal(await isIn(large), false)
    small.leave()
    assert.equal(await isIn(large), true)
  })

  it('serves what somebody waits for before what is read ahead, and what was promoted with it', async () => {
    const gate = new FetchGate(100)
    const busy = gate.enter(100, 1)
    const [ahead, promoted, now] = [gate.enter(100, 1, { isAhead: true }), gate.enter(100, 1, { isAhead: true }), gate.enter(100, 1)]
    promoted.promote()
    const order: string[] = []
    for (const [name, one] of Object.entries({ ahead, promoted, now })) one.ready.then(() => { order.push(name); one.leave() }, () => {})
    busy.leave()
    await turn()
    assert.deepEqual(order, ['now', 'promoted', 'ahead'])
  })

  it('gives up a place in the line', async () => {
    const gate = new FetchGate(100)
    const busy = gate.enter(100, 1)
    const gone = gate.enter(100, 1)
    gone.leave()
    await assert.rejects(gone.ready, ClientGone)
    busy.leave()
    assert.deepEqual({ ...gate.stats, limit: 0 }, { inFlight: 0, bytes: 0, waiting: 0, limit: 0 })
  })

  it('refuses when too many wait, but not what was promised', () => {
    const gate = new FetchGate(1)
    for (let n = 0; n < 2049; n++) gate.enter(1, 1)
    assert.throws(() => gate.enter(1, 1), Overloaded)
    gate.enter(1, 1, { isRefusable: false })
  })

  it('halves the requests in flight once for refusals that come together, to no less than 4, and raises them as answers come', () => {
    const gate = new FetchGate(2 ** 20)
    for (let n = 0; n < 200; n++) gate.enter(1, 1)
    gate.refused()
    gate.refused()
    assert.equal(gate.stats.limit, 100)
    for (let n = 0; n < 300; n++) gate.answered()
    assert.equal(gate.stats.limit, 102)
    const idle = new FetchGate(2 ** 20)
    idle.refused()
    assert.equal(idle.stats.limit, 4)
  })
})
