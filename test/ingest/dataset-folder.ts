import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { LocalStore } from '../../src/storage/local-store.js'
import { writeFiles } from '../support/write-files.js'

/** A folder that lives as long as the test, with these files in it; `beside` is outside of it, for links to lead to. */
export function datasetFolder (t: TestContext, files: Record<string, string | Uint8Array> = {}) {
  const parent = realpathSync(mkdtempSync(join(tmpdir(), 'niiserve-dataset-')))
  t.after(() => rmSync(parent, { recursive: true }))
  const root = join(parent, 'dataset')
  const beside = join(parent, 'beside')
  mkdirSync(root)
  mkdirSync(beside)
  writeFiles(root, files)
  return { root, beside, store: LocalStore.open(root) }
}
