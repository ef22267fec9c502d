// `npm test` under another Node, from npm's `node` package: `node scripts/test-on-node.mjs 22`.
// Runs in a copy of the checkout under .niiserve/, because packages installed for one Node do not run on another.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const [version, ...parts] = process.argv.slice(2)
if (!/^\d+(\.\d+){0,2}$/.test(version ?? '')) {
  console.error('usage: node scripts/test-on-node.mjs VERSION [part of a path ...]')
  process.exit(2)
}
const copy = join('.niiserve', `node-${version}`)
copyCheckout()
const { status, error } = spawnSync('npx', ['--yes', '--package', `node@${version}`, '--', 'npm', 'test', '--', ...parts], { cwd: copy, stdio: 'inherit', shell: process.platform === 'win32' })
if (error !== undefined) console.error(error.message)
process.exitCode = status ?? 1

/** Copies tracked and unignored files; keeps only the installed packages of an earlier copy. */
function copyCheckout () {
  mkdirSync(copy, { recursive: true })
  for (const name of readdirSync(copy)) if (name !== 'node_modules') rmSync(join(copy, name), { recursive: true })
  const { stdout } = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8', maxBuffer: 2 ** 26 })
  for (const name of stdout.split('\0')) if (name !== '' && existsSync(name)) cpSync(name, join(copy, name), { preserveTimestamps: true })
}
