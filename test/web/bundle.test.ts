import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'

const folder = mkdtempSync(join(tmpdir(), 'niiserve-bundle-'))
after(() => rmSync(folder, { recursive: true }))
const { stderr } = spawnSync(process.execPath, ['scripts/web.mjs', '--out', folder], { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } })
assert.equal(stderr, '')
const shell = JSON.parse(readFileSync(join(folder, 'shell.json'), 'utf8')) as { styles: string[], modules: Record<string, string[]> }

/** KiB, gzipped, of code and styles before the first paint; pictures and data come on top. */
const BUDGETS: Record<string, number> = { overview: 40, studies: 40, worklist: 40, quality: 40, training: 40, evaluate: 40, 'sign-in': 40, viewer: 60 }

describe('what a page loads before it can draw', () => {
  for (const [page, modules] of Object.entries(shell.modules)) {
    it(`is within its budget: ${page}`, (t) => {
      const kib = [...modules, ...shell.styles].reduce((sum, file) => sum + statSync(join(folder, `${file}.gz`)).size, 0) / 1024
      t.diagnostic(`${kib.toFixed(1)} KiB gzipped`)
      assert.ok(kib <= BUDGETS[page]!, `${page} loads ${kib.toFixed(1)} KiB, more than ${BUDGETS[page]!}`)
    })
  }

  it('is known for every page that the service lists', () => {
    const listed = /const PAGES[^{]*{([^}]*)}/.exec(readFileSync('src/http/web-ui.ts', 'utf8'))![1]!
    const pages = [...listed.matchAll(/: '([\w-]+)'/g)].map(([, page]) => page!)
    assert.deepEqual([...new Set(pages)].sort(), Object.keys(shell.modules).sort())
  })
})
