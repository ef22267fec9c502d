import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, statSync, symlinkSync, utimesSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { CatalogBuilding, DatasetError, VolumeUnreadable } from '../../src/errors.js'
import { sameIdentity } from '../../src/storage/identity.js'
import { LocalStore } from '../../src/storage/local-store.js'
import { FileRefused, NotAFile, OutsideRoot } from '../../src/storage/refused.js'
import { describeObjectStore } from './object-store-suite.js'
import { writeFiles } from '../support/write-files.js'

let folder: string
let store: LocalStore

function put (path: string, content = path): void {
  writeFiles(folder, { [path]: content })
}

before(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'niiserve-store-')))
  put('root/masks/a.nii.gz')
  put('root/dataset_registry.csv')
  put('secret/b.nii.gz')
  put('root-beside/c.nii.gz')
  store = LocalStore.open(join(folder, 'root'))
})
after(() => rmSync(folder, { recursive: true }))

describe('LocalStore.open', () => {
  it('follows a link to the root, so that what is below it is inside', () => {
    symlinkSync('root', join(folder, 'link-to-root'))
    const linked = LocalStore.open(join(folder, 'link-to-root'))
    assert.equal(linked.root, join(folder, 'root'))
    assert.equal(linked.identity('masks/a.nii.gz')?.bytes, 'root/masks/a.nii.gz'.length)
  })

  it('refuses a root that is absent, and one that is a file, in one line', () => {
    for (const path of ['nowhere', 'root/dataset_registry.csv', 'root/dataset_registry.csv/below']) {
      assert.throws(() => LocalStore.open(join(folder, path)), (error: Error) =>
        error instanceof DatasetError && !error.message.includes('\n'), path)
    }
  })

  it('notices that the root went away and came back', () => {
    mkdirSync(join(folder, 'disk'))
    const disk = LocalStore.open(join(folder, 'disk'))
    renameSync(join(folder, 'disk'), join(folder, 'unplugged'))
    assert.equal(disk.isReachable(), false)
    renameSync(join(folder, 'unplugged'), join(folder, 'disk'))
    assert.equal(disk.isReachable(), true)
  })
})

describe('LocalStore.resolve', () => {
  it('gives the real path of a key, through links that stay inside', () => {
    symlinkSync('masks', join(folder, 'root/annotations'))
    assert.equal(store.resolve('annotations/a.nii.gz'), join(folder, 'root/masks/a.nii.gz'))
    assert.equal(store.resolve(''), join(folder, 'root'))
  })

  it('gives undefined for what is not there, be it a dangling link, a loop or an endless name', () => {
    symlinkSync('gone.nii.gz', join(folder, 'root/masks/dangling.nii.gz'))
    symlinkSync('loop.nii.gz', join(folder, 'root/masks/loop.nii.gz'))
    for (const key of ['b.nii.gz', 'masks/a.nii.gz/b', 'masks/dangling.nii.gz', 'masks/loop.nii.gz', `${'n'.repeat(5000)}.nii.gz`]) {
      assert.equal(store.resolve(key), undefined, key)
      assert.equal(store.identity(key), undefined, key)
      assert.equal(store.open(key), undefined, key)
    }
  })

  it('refuses every way out: steps up, absolute paths, NUL, links to a file and to a folder', () => {
    symlinkSync('../../secret/b.nii.gz', join(folder, 'root/masks/out.nii.gz'))
    symlinkSync('../secret', join(folder, 'root/CT-1'))
    symlinkSync('../root-beside', join(folder, 'root/CT-2'))
    const ways = [
      '../secret/b.nii.gz', 'masks/../../secret/b.nii.gz', '..\\secret\\b.nii.gz', '..',
      join(folder, 'secret/b.nii.gz'), join(folder, 'root/masks/a.nii.gz'), 'masks/a.nii.gz\0.png',
      'masks/out.nii.gz', 'CT-1/b.nii.gz', 'CT-1', 'CT-2/c.nii.gz'
    ]
    for (const key of ways) {
      assert.throws(() => store.resolve(key), OutsideRoot, key)
      assert.throws(() => store.identity(key), OutsideRoot, key)
      assert.throws(() => store.open(key), OutsideRoot, key)
      assert.throws(() => store.list(key), OutsideRoot, key)
    }
  })
})

describe('LocalStore.identity and open', () => {
  it('give the same identity, and bytes to read', () => {
    const opened = store.open('masks/a.nii.gz')
    assert.ok(opened)
    assert.deepEqual(opened.identity, store.identity('masks/a.nii.gz'))
    assert.deepEqual(opened.identity, store.identityOfPath(join(folder, 'root/masks/a.nii.gz')))
    const bytes = Buffer.alloc(100)
    assert.equal(bytes.toString('latin1', 0, opened.readAt(0, bytes)), 'root/masks/a.nii.gz')
    opened.close()
  })

  it('refuse a folder, a FIFO and a socket by their kind, and never wait for a writer', async () => {
    mkdirSync(join(folder, 'root/folder.nii.gz'))
    execFileSync('mkfifo', [join(folder, 'root/fifo.nii.gz')])
    const socket = createServer().listen(join(folder, 'root/socket.nii.gz'))
    await new Promise((resolve) => socket.once('listening', resolve))
    for (const kind of ['folder', 'FIFO', 'socket']) {
      const key = `${kind.toLowerCase()}.nii.gz`
      const isRefused = (error: Error) => error instanceof NotAFile && error.message === `${key} is a ${kind}, not a file`
      assert.throws(() => store.identity(key), isRefused)
      assert.throws(() => store.open(key), isRefused)
      assert.equal(store.identityOfPath(join(folder, 'root', key)), undefined)
    }
    socket.close()
  })

  it('say with faults that become volume-unreadable what is wrong, and never where the root is', () => {
    const fault = new FileRefused('masks/a.nii.gz', 'EIO')
    assert.ok(fault instanceof VolumeUnreadable)
    assert.equal(fault.message, 'masks/a.nii.gz cannot be read: the system answers EIO')
    assert.throws(() => store.identity('CT-1/b.nii.gz'), (error: Error) => error instanceof VolumeUnreadable && !error.message.includes(folder))
  })

  it('name the error where the system refuses a file', { skip: process.getuid?.() === 0 && 'root reads everything' }, () => {
    put('root/closed.nii.gz')
    execFileSync('chmod', ['000', join(folder, 'root/closed.nii.gz')])
    assert.throws(() => store.open('closed.nii.gz'), (error: Error) => error instanceof FileRefused && error.errno === 'EACCES')
  })

  it('refuse a file that is not the one expected any more, and leave no descriptor open', () => {
    put('root/masks/changing.nii.gz', 'before')
    const expected = store.identity('masks/changing.nii.gz')
    const opened = expected && store.open('masks/changing.nii.gz', expected)
    assert.ok(opened)
    opened.close()
    put('root/masks/changing.nii.gz', 'afterwards')
    for (let attempt = 0; attempt < 5000; attempt++) { // more than a process may have open
      assert.throws(() => store.open('masks/changing.nii.gz', expected), CatalogBuilding)
    }
  })
})

describe('sameIdentity', () => {
  it('tells a file from one of equal size and time that took its place', () => {
    put('root/one.nii', 'one')
    const path = join(folder, 'root/one.nii')
    const { mtime } = statSync(path)
    const first = store.identity('one.nii') ?? assert.fail()
    assert.ok(sameIdentity(first, store.identity('one.nii') ?? assert.fail()))
    put('root/two.nii', 'two')
    utimesSync(join(folder, 'root/two.nii'), mtime, mtime)
    renameSync(join(folder, 'root/two.nii'), path)
    assert.ok(!sameIdentity(first, store.identity('one.nii') ?? assert.fail()))
  })
})

describe('LocalStore.readSmall', () => {
  it('reads a file whole, and gives undefined for none', () => {
    assert.equal(String(store.readSmall('dataset_registry.csv', 100)), 'root/dataset_registry.csv')
    assert.equal(store.readSmall('dataset_registry.xlsx', 100), undefined)
  })

  it('refuses more than it was asked to hold, and whatever is no file', () => {
    assert.throws(() => store.readSmall('dataset_registry.csv', 10), DatasetError)
    assert.throws(() => store.readSmall('masks', 10), DatasetError)
    assert.throws(() => store.readSmall('fifo.nii.gz', 10), DatasetError)
    assert.throws(() => store.readSmall('masks/out.nii.gz', 10), DatasetError)
  })
})

describe('LocalStore.list', () => {
  it('names what a folder holds in order, with its kind', () => {
    put('root/listed/b.nii')
    put('root/listed/B.nii')
    put('root/listed/.hidden')
    mkdirSync(join(folder, 'root/listed/a'))
    symlinkSync('b.nii', join(folder, 'root/listed/c.nii'))
    execFileSync('mkfifo', [join(folder, 'root/listed/d')])
    assert.deepEqual(store.list('listed'), [
      { name: '.hidden', kind: 'file' }, { name: 'B.nii', kind: 'file' }, { name: 'a', kind: 'folder' },
      { name: 'b.nii', kind: 'file' }, { name: 'c.nii', kind: 'link' }, { name: 'd', kind: 'other' }
    ])
  })

  it('gives undefined for a folder that is not there, or is a file', () => {
    assert.equal(store.list('nowhere'), undefined)
    assert.equal(store.list('dataset_registry.csv'), undefined)
  })
})

describeObjectStore('LocalStore', () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'niiserve-store-suite-')))
  return {
    store: LocalStore.open(root),
    put: (key, content) => writeFiles(root, { [key]: content }),
    remove: (key) => rmSync(join(root, key)),
    clean: () => rmSync(root, { recursive: true })
  }
})
