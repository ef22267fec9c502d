import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import type { ObjectFolder } from '../../src/storage/object-folder.js'

/** What any folder that objects are put into must hold. */
export function describeObjectFolder (name: string, make: () => Promise<ObjectFolder>): void {
  describe(`${name} as a folder of objects`, () => {
    let folder: ObjectFolder
    before(async () => { folder = await make() })
    const text = async (key: string) => Buffer.from(await folder.get(key) ?? assert.fail(`${key} is not there`)).toString()
    const listed = async (prefix: string) => {
      const found = []
      for await (const one of folder.list(prefix)) found.push(one)
      return found
    }

    it('says undefined of what is not there', async () => {
      assert.equal(await folder.get('nothing'), undefined)
      assert.equal(await folder.get('nothing/below'), undefined)
      assert.equal(await folder.getRange('nothing', 0, 1), undefined)
      assert.deepEqual(await listed('nothing/'), [])
    })

    it('gives back what was put, and the latest of two', async () => {
      assert.equal(await folder.put('replaced', Buffer.from('before')), 'created')
      assert.equal(await folder.put('replaced', Buffer.from('after')), 'created')
      assert.equal(await text('replaced'), 'after')
      await folder.put('empty', new Uint8Array(0))
      assert.equal(await text('empty'), '')
    })

    it('creates an object once: of many writers, one creates it, and its bytes stay', async () => {
      const outcomes = await Promise.all(Array.from({ length: 8 }, async (_, n) => await folder.put('only/once', Buffer.from(`writer ${n}`), { createOnly: true })))
      assert.deepEqual(outcomes.filter((outcome) => outcome === 'created'), ['created'])
      assert.equal(await text('only/once'), `writer ${outcomes.indexOf('created')}`)
      assert.equal(await folder.put('only/once', Buffer.from('later'), { createOnly: true }), 'exists')
      assert.equal(await text('only/once'), `writer ${outcomes.indexOf('created')}`)
    })

    it('reads any range, and at the end what there is', async () => {
      await folder.put('range', Buffer.from('0123456789'))
      const range = async (offset: number, length: number) => Buffer.from(await folder.getRange('range', offset, length) ?? assert.fail()).toString()
      assert.deepEqual([await range(0, 10), await range(3, 4), await range(9, 1), await range(8, 5), await range(10, 1), await range(50, 5)], ['0123456789', '3456', '9', '89', '', ''])
    })

    it('lists by prefix, in the order of keys, with sizes', async () => {
      for (const key of ['list/b/2', 'list/a', 'list/b/1', 'list/bc', 'listing']) await folder.put(key, Buffer.from(key))
      assert.deepEqual(await listed('list/'), [{ key: 'list/a', bytes: 6 }, { key: 'list/b/1', bytes: 8 }, { key: 'list/b/2', bytes: 8 }, { key: 'list/bc', bytes: 7 }])
      assert.deepEqual((await listed('list/b')).map(({ key }) => key), ['list/b/1', 'list/b/2', 'list/bc'])
      assert.deepEqual((await listed('list/b/')).map(({ key }) => key), ['list/b/1', 'list/b/2'])
    })

    it('refuses keys that lead outside', async () => {
      for (const key of ['../x', '/etc/passwd', 'a/../../x', 'a//b', '']) {
        await assert.rejects(async () => await folder.put(key, Buffer.from('x')), RangeError, key)
        await assert.rejects(async () => await folder.get(key), RangeError, key)
      }
    })

    it('says where it is', () => assert.ok(folder.where.length > 0))
  })
}
