import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { ClientGone, Overloaded } from '../../src/errors.js'
import { LocalStore } from '../../src/storage/local-store.js'
import type { HeadTask } from '../../src/threads/tasks.js'
import { VoxelPool } from '../../src/threads/voxel-pool.js'
import { makeDataset } from '../support/test-dataset.js'

const content = Buffer.alloc(2_000_000, 'some words that pack quite well. ')
const { root, image } = makeDataset({ after }, [{ image: gzipSync(content) }])
const key = 'studies/CT-0/study_0001.nii.gz'
const state = new LocalStore(root).identity(key)!
const task: HeadTask = { key, state, gzip: true, length: 1_000_000 }
const QUEUE = 64

const pool = new VoxelPool(1, { store: { kind: 'folder', root }, arena: new SharedArrayBuffer(65_536) })
after(async () => await pool.close())

describe('VoxelPool', () => {
  it('hands over what a thread made', async () => {
    assert.ok(content.subarray(0, 1_000_000).equals(await pool.run('head', task)))
    assert.ok(gunzipSync(await import('node:fs').then(({ readFileSync }) => readFileSync(image('study_0001')))).equals(content))
  })

  it('refuses when so many wait, and takes more when they are done', async () => {
    const tickets = Array.from({ length: 1 + QUEUE }, () => pool.submit('head', task))
    assert.deepEqual([pool.stats.running, pool.stats.waiting], [1, QUEUE])
    assert.throws(() => pool.submit('head', task), Overloaded)
    await assert.rejects(pool.run('head', task), (error: Overloaded) => error.retryAfterSeconds > 0)
    assert.equal(pool.stats.refused, 2)
    for (const ticket of tickets.slice(3)) {
      ticket.done.catch(() => {})
      ticket.cancel()
    }
    await Promise.all(tickets.slice(0, 3).map(({ done }) => done))
    assert.deepEqual([pool.stats.running, pool.stats.waiting], [0, 0])
    await pool.run('head', task)
  })

  it('lets waiting work leave, and finishes what has begun', async () => {
    const [running, waiting, last] = [pool.submit('head', task), pool.submit('head', task), pool.submit('head', task)]
    const left = assert.rejects(waiting.done, ClientGone)
    assert.equal(waiting.cancel(), true)
    assert.equal(running.cancel(), false, 'a thread has it')
    await left
    assert.equal((await running.done).length, 1_000_000)
    assert.equal((await last.done).length, 1_000_000)
  })

  it('ends the wait of a client that goes, before, while and after it waits', async () => {
    const gone = new AbortController()
    gone.abort()
    await assert.rejects(pool.run('head', task, gone.signal), ClientGone)
    const busy = pool.submit('head', task)
    const leaves = new AbortController()
    const waiting = assert.rejects(pool.run('head', task, leaves.signal), ClientGone)
    leaves.abort()
    await waiting
    await busy.done
    const late = new AbortController()
    await pool.run('head', task, late.signal)
    late.abort()
    assert.equal(pool.stats.waiting, 0)
  })

  it('does work nobody waits for yet after all other, unless somebody comes to wait for it', async () => {
    const order: string[] = []
    const submit = (name: string, priority: 'now' | 'ahead') => {
      const ticket = pool.submit('head', task, priority)
      return { ...ticket, done: ticket.done.then(() => order.push(name)) }
    }
    const tickets = [submit('first', 'now'), submit('ahead 1', 'ahead'), submit('ahead 2', 'ahead'), submit('second', 'now')]
    tickets[2]!.promote()
    await Promise.all(tickets.map(({ done }) => done))
    assert.deepEqual(order, ['first', 'second', 'ahead 2', 'ahead 1'])
  })

  it('tells errors by their kind', async () => {
    await assert.rejects(pool.run('head', { ...task, state: { ...state, modifiedMs: 1 } }), { code: 'catalog-building' })
    await assert.rejects(pool.run('head', { ...task, length: 3_000_000 }), { code: 'volume-unreadable' })
    await pool.run('head', task)
  })

  it('fails what waits when it closes', async () => {
    const closing = new VoxelPool(1, { store: { kind: 'folder', root }, arena: new SharedArrayBuffer(65_536) })
    const tickets = [1, 2, 3].map(() => closing.submit('head', task))
    const ends = Promise.allSettled(tickets.map(({ done }) => done))
    await closing.close()
    const [, second, third] = await ends
    assert.deepEqual([second!.status, third!.status], ['rejected', 'rejected'])
  })
})
