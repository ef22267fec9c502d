import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { CatalogBuilding } from '../../src/errors.js'
import { sameIdentity } from '../../src/storage/identity.js'
import type { ObjectStore, OpenFile } from '../../src/storage/object-store.js'
import { NotAFile, OutsideRoot } from '../../src/storage/refused.js'

/** A store whose content a test can change from outside. */
export interface StoreUnderTest {
  store: ObjectStore
  put: (key: string, content: Uint8Array) => void | Promise<void>
  remove: (key: string) => void | Promise<void>
  clean: () => unknown
}

/** What a store may lack: a plain web server has no lists, and object stores have no folders of their own. */
export interface Lacks { lists?: true, folders?: true }

/** What any store must hold, whatever is behind it. */
export function describeObjectStore (name: string, make: () => StoreUnderTest | Promise<StoreUnderTest>, lacks: Lacks = {}): void {
  describe(`${name} as an object store`, () => {
    let made: StoreUnderTest
    let store: ObjectStore
    before(async () => {
      made = await make()
      store = made.store
    })
    after(async () => await made.clean())
    const put: StoreUnderTest['put'] = async (key, content) => await made.put(key, content)
    const remove: StoreUnderTest['remove'] = async (key) => await made.remove(key)
    // Each byte says where it stands, so a wrong offset shows.
    const bytes = (length: number, seed = 0) => Uint8Array.from({ length }, (_, n) => n * 7 + seed)
    const open = async (key: string): Promise<OpenFile> => await store.open(key) ?? assert.fail(`${key} is not there`)

    it('lists a folder by name, with what each name is', { skip: lacks.lists === true && 'it has no lists' }, async () => {
      for (const key of ['list/b.nii', 'list/a.nii.gz', 'list/CT-1/c.nii', 'list/\u0439.nii']) await put(key, bytes(3))
      assert.deepEqual(await store.list('list'), [
        { name: 'CT-1', kind: 'folder' }, { name: 'a.nii.gz', kind: 'file' }, { name: 'b.nii', kind: 'file' }, { name: '\u0439.nii', kind: 'file' }
      ])
    })

    it('says undefined of what is not there', async () => {
      for (const key of ['nothing', 'nothing/below.nii']) {
        assert.equal(await store.identity(key), undefined)
        assert.equal(await store.open(key), undefined)
        if (lacks.lists !== true) assert.equal(await store.list(key), undefined)
      }
    })

    it('refuses what leads outside, and what is no file', async () => {
      for (const key of ['../x', '/etc/passwd', 'a/../../x']) await assert.rejects(async () => await store.open(key), OutsideRoot, key)
      await put('folder/x.nii', bytes(1))
      if (lacks.folders === true) assert.equal(await store.open('folder'), undefined)
      else await assert.rejects(async () => await store.open('folder'), NotAFile)
    })

    it('reads any range, and at the end what there is', async () => {
      await put('range.bin', bytes(1000))
      const source = await open('range.bin')
      for (const [offset, length] of [[0, 1000], [0, 1], [999, 1], [500, 100]] as const) {
        const into = new Uint8Array(length)
        assert.equal(await source.readAt(offset, into), length)
        assert.deepEqual(into, bytes(1000).slice(offset, offset + length))
      }
      const into = new Uint8Array(100)
      assert.deepEqual([await source.readAt(950, into), await source.readAt(1000, new Uint8Array(1)), await source.readAt(5000, new Uint8Array(1))], [50, 0, 0])
      assert.deepEqual(into.slice(0, 50), bytes(1000).slice(950))
      source.close()
    })

    it('gives one identity for one content: by name, and of the open file', async () => {
      await put('same.bin', bytes(10))
      const [first, second] = [await store.identity('same.bin'), await store.identity('same.bin')]
      const source = await open('same.bin')
      assert.ok(first !== undefined && second !== undefined && sameIdentity(first, second) && sameIdentity(first, source.identity))
      assert.equal(first.bytes, 10)
      assert.ok(await source.isUnchanged())
      source.close()
    })

    it('gives another identity for another content of the same length, and refuses to open it as the one before', async () => {
      await put('changes.bin', bytes(10))
      const before = await store.identity('changes.bin')
      await new Promise((resolve) => setTimeout(resolve, 20)) // longer than a tick of any file system's clock
      await put('changes.bin', bytes(10, 1))
      const now = await store.identity('changes.bin')
      assert.ok(before !== undefined && now !== undefined && !sameIdentity(before, now))
      await assert.rejects(async () => await store.open('changes.bin', before), CatalogBuilding)
      const source = await store.open('changes.bin', now)
      source?.close()
      assert.ok(source !== undefined)
    })

    it('notices that an open file has changed', async () => {
      await put('open.bin', bytes(10))
      const source = await open('open.bin')
      await new Promise((resolve) => setTimeout(resolve, 20))
      await put('open.bin', bytes(20))
      assert.equal(await source.isUnchanged(), false)
      source.close()
    })

    it('passes a range on piece by piece', async () => {
      await put('pieces.bin', bytes(3000))
      const source = await open('pieces.bin')
      const pieces: Uint8Array[] = []
      for await (const piece of source.pieces([100, 2900])) pieces.push(piece)
      assert.deepEqual(Uint8Array.from(Buffer.concat(pieces)), bytes(3000).slice(100, 2900))
    })

    it('passes nothing on of another content than was opened', async () => {
      await put('moving.bin', bytes(10))
      const source = await open('moving.bin')
      await new Promise((resolve) => setTimeout(resolve, 20))
      await put('moving.bin', bytes(10, 1))
      await assert.rejects(async () => { for await (const piece of source.pieces([0, 10])) assert.deepEqual(piece, bytes(10)) }, CatalogBuilding)
    })

    it('notices that a file is gone', async () => {
      await put('gone.bin', bytes(10))
      await remove('gone.bin')
      assert.equal(await store.open('gone.bin'), undefined)
    })

    it('is reachable', async () => {
      assert.equal(await store.isReachable(), true)
    })
  })
}
