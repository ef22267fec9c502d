import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { ConfigError } from '../../src/errors.js'
import { DiskSlabs } from '../../src/storage/disk-slabs.js'

function folder (t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'niiserve-test-'))
  t.after(() => rmSync(made, { recursive: true, force: true }))
  return made
}

const slab = (n: number, bytes = 100) => ({ content: 'a'.repeat(64), at: n * bytes, bytes })
const content = (n: number, bytes = 100) => Buffer.alloc(bytes, n)
const filesIn = (root: string) => readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map(({ name }) => name).sort()

describe('a disk cache of slabs', () => {
  it('gives back what it was given, also to the next process', async (t) => {
    const root = folder(t)
    const slabs = DiskSlabs.open(root, 10_000)
    await slabs.put(slab(3), content(3))
    assert.ok(slabs.has(slab(3)) && !slabs.has(slab(4)) && !slabs.has({ ...slab(3), bytes: 99 }))
    const next = DiskSlabs.open(root, 10_000)
    assert.ok(!next.has(slab(3)))
    await next.find()
    assert.ok(next.has(slab(3)))
    assert.deepEqual(readFileSync(next.use(slab(3))), content(3))
    assert.deepEqual(next.stats, { bytes: 100, capacity: 10_000, hits: 1, written: 0, wrong: 0 })
  })

  it('takes slabs until it is full, then keeps them, and lets others come and go in the last tenth', async (t) => {
    const root = folder(t)
    const slabs = DiskSlabs.open(root, 2000)
    for (let n = 0; n < 30; n++) await slabs.put(slab(n), content(n))
    const there = Array.from({ length: 30 }, (_, n) => n).filter((n) => slabs.has(slab(n)))
    assert.deepEqual(there, [...Array.from({ length: 18 }, (_, n) => n), 28, 29])
    slabs.use(slab(28))
    await slabs.put(slab(40), content(40))
    assert.ok(slabs.has(slab(28)) && !slabs.has(slab(29)), 'the least recently used goes first')
    assert.ok(slabs.stats.bytes <= 2000)
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.equal(filesIn(root).length, 20)
  })

  it('holds no more than it may after its size was reduced', async (t) => {
    const root = folder(t)
    const slabs = DiskSlabs.open(root, 2000)
    for (let n = 0; n < 18; n++) await slabs.put(slab(n), content(n))
    const smaller = DiskSlabs.open(root, 1000)
    await smaller.find()
    assert.equal(smaller.stats.bytes, 900)
    assert.equal(filesIn(root).length, 9)
  })

  it('removes what a process that was killed has left unfinished', async (t) => {
    const root = folder(t)
    const slabs = DiskSlabs.open(root, 2000)
    await slabs.put(slab(0), content(0))
    writeFileSync(join(root, 'kept', slab(0).content, '.unfinished-1'), 'half')
    await DiskSlabs.open(root, 2000).find()
    assert.deepEqual(filesIn(root), ['0-100'])
  })

  it('forgets a slab that was not what it should be', async (t) => {
    const slabs = DiskSlabs.open(folder(t), 2000)
    await slabs.put(slab(0), content(0))
    slabs.forget(slab(0))
    assert.ok(!slabs.has(slab(0)))
    assert.equal(slabs.stats.bytes, 0)
    assert.equal(slabs.stats.wrong, 1)
  })

  it('goes on without writing when the disk refuses, for a while', async (t) => {
    const root = folder(t)
    const slabs = DiskSlabs.open(root, 2000)
    writeFileSync(join(root, 'kept'), 'a file where a folder should be')
    await slabs.put(slab(0), content(0))
    assert.ok(!slabs.has(slab(0)) && !slabs.wants(slab(1)))
    assert.equal(slabs.stats.bytes, 0)
  })

  it('refuses a folder that cannot be made, naming the setting', (t) => {
    const root = folder(t)
    writeFileSync(join(root, 'file'), '')
    assert.throws(() => DiskSlabs.open(join(root, 'file', 'below'), 2000), (error: Error) => error instanceof ConfigError && error.setting === 'DISK_CACHE_DIR')
  })
})
