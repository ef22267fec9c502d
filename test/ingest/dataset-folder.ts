import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { LocalStore } from '../../src/storage/local-store.js'

/** A folder that lives as long as the test, with these files in it; `beside` is outside of it, for links to lead to. */
export function datasetFolder (t: TestContext, files: Record<string, string | Uint8Array> = {}) {
  const parent = realpathSync(mkdtempSync(join(tmpdir(), 'niiserve-dataset-')))
  t.after(() => rmSync(parent, { recursive: true }))
  const root = join(parent, 'dataset')
  const beside = join(parent, 'beside')
  mkdirSync(root)
  mkdirSync(beside)
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
  return { root, beside, store: LocalStore.open(root) }
}
