import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { rename } from 'node:fs/promises'
import { claimCatalog } from '../../src/catalog/claim.js'
import { CatalogTaken } from '../../src/errors.js'
import { buildTestApp } from '../support/test-app.js'
import { makeDataset } from '../support/test-dataset.js'
import { sourceFile } from '../support/source-file.js'

describe('a catalog', () => {
  it('has one writer: another process is refused, until the first has ended, however it ends', async (t) => {
    const { root } = makeDataset(t, [])
    const file = join(root, 'catalog.sqlite')
    // The claim is kept in a global: the lock of a claim that nothing refers to is given up by the garbage collector.
    const first = spawn(process.execPath, ['-e', `import(${JSON.stringify(sourceFile('catalog/claim'))}).then(({ claimCatalog }) => { globalThis.claim = claimCatalog(process.argv[1]); console.log('taken'); setInterval(() => {}, 1000) })`, file], { stdio: ['ignore', 'pipe', 'inherit'] })
    t.after(() => first.kill('SIGKILL'))
    await once(first.stdout, 'data')
    assert.throws(() => claimCatalog(file), (error: Error) => error instanceof CatalogTaken && error.message === `CATALOG_FILE: ${file} cannot be used: another niiserve process uses it; a catalog has one writer`)
    first.kill('SIGKILL')
    await once(first, 'exit')
    claimCatalog(file).release()
  })

  it('has one writer in one process, too, and is free when that one has closed', async (t) => {
    const { root, path } = makeDataset(t, [{}])
    const config = { catalogFile: path('catalog/catalog.sqlite') }
    const first = await buildTestApp({ after: () => {} }, { root, config })
    await assert.rejects(buildTestApp(t, { root, config }), CatalogTaken)
    assert.equal((await first.get('/v1/studies/study_0001/image.raw')).status, 200)
    await first.app.close()
    await buildTestApp(t, { root, config })
  })

  it('belongs to one data root', async (t) => {
    const [a, b] = [makeDataset(t, [{}]), makeDataset(t, [{}])]
    const config = { catalogFile: a.path('catalog.sqlite') }
    const first = await buildTestApp({ after: () => {} }, { root: a.root, config })
    await first.app.close()
    await assert.rejects(buildTestApp(t, { root: b.root, config }), (error: Error) =>
      error instanceof CatalogTaken && error.message.endsWith(`it is the catalog of ${a.root}, but this data root is ${b.root}; each data root needs its own`))
    const again = await buildTestApp({ after: () => {} }, { root: a.root, config })
    await again.app.close()
  })

  it('follows a data root that was moved', async (t) => {
    const [a, elsewhere] = [makeDataset(t, [{}]), makeDataset(t, [])]
    const config = { catalogFile: elsewhere.path('catalog.sqlite') }
    const first = await buildTestApp({ after: () => {} }, { root: a.root, config })
    await first.app.close()
    const moved = `${elsewhere.root}/moved`
    await rename(a.root, moved)
    const then = await buildTestApp(t, { root: moved, config })
    assert.equal((await then.get('/v1/studies/study_0001/image.raw')).status, 200)
  })
})
