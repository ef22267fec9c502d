import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { ConfigError } from '../../src/errors.js'
import { openFolder } from '../../src/storage/object-folder.js'
import { describeObjectFolder } from './object-folder-suite.js'

function temporary (): string {
  const root = mkdtempSync(join(tmpdir(), 'niiserve-test-'))
  after(() => rmSync(root, { recursive: true, force: true }))
  return root
}

describeObjectFolder('a path', async () => await openFolder(join(temporary(), 'made', 'later')))
describeObjectFolder('a file:// address', async () => await openFolder(pathToFileURL(temporary()).href))

describe('a folder that objects are put into', () => {
  it('does not list what another process has not finished writing', async () => {
    const root = temporary()
    const folder = await openFolder(root)
    await folder.put('parts/one', Buffer.from('whole'))
    writeFileSync(join(root, 'parts', '.niiserve-unfinished-1'), 'ha')
    const keys = []
    for await (const { key } of folder.list('')) keys.push(key)
    assert.deepEqual(keys, ['parts/one'])
  })

  it('leaves no file behind when the object is there already', async () => {
    const root = temporary()
    const folder = await openFolder(root)
    await folder.put('one', Buffer.from('1'), { createOnly: true })
    await folder.put('one', Buffer.from('2'), { createOnly: true })
    assert.deepEqual(readdirSync(root), ['one'])
  })

  it('refuses an address of a kind that it cannot write to, naming the setting', async () => {
    await assert.rejects(async () => await openFolder('ftp://host/folder', 'INDEX_ROOT'), (error: Error) => error instanceof ConfigError && /^INDEX_ROOT: "ftp" .*file:\/\//.test(error.message))
  })
})
