// `npm start` and `npm test` are the only commands a newcomer needs. They install first if the lockfile is newer than
// the installation, or the Node version changed. npm writes node_modules/.package-lock.json last.
// With `--omit=dev` (npm start) development tools are neither needed nor installed.
import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'

/** As in src/catalog/sqlite.ts: version 12 has to be compiled for Node 20, version 13 runs as it comes on every later one. */
const isNode20 = Number(process.versions.node.split('.', 1)[0]) < 22
const sqlite = isNode20 ? 'better-sqlite3-node20' : 'better-sqlite3'

const omitsTools = process.argv.includes('--omit=dev')
// No package needs its install script but the one that is compiled: nobody else's code runs here.
const QUIETLY = ['--ignore-scripts', '--no-audit', '--no-fund']

if (isStale() || !canOpenDatabase()) {
  npm('ci', ...QUIETLY, ...(omitsTools ? ['--omit=dev'] : []))
  if (isNode20) npm('rebuild', sqlite)
} else if (!omitsTools && !existsSync('node_modules/typescript')) {
  // `npm start` was first: add the tools, and keep what it compiled.
  npm('install', '--no-save', ...QUIETLY)
}

function isStale () {
  return modified('node_modules/.package-lock.json') < modified('package-lock.json')
}

function modified (file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

/** False when the package is missing, or was compiled for another Node. */
function canOpenDatabase () {
  try {
    const SQLite = createRequire(import.meta.url)(sqlite)
    new SQLite(':memory:').close()
    return true
  } catch {
    return false
  }
}

function npm (...args) {
  const { status } = spawnSync('npm', args, { stdio: 'inherit', shell: process.platform === 'win32' })
  if (status !== 0) process.exit(status ?? 1)
}
