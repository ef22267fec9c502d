// Packs the service as a release is, installs the tarball into an empty folder, and starts it there on a small dataset: neither
// npm nor Node may warn of anything. On Node 20 this compiles better-sqlite3, which takes a minute or two.
import { spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

const folder = resolve('.niiserve', 'package')
const VOLUME = 'test/fixtures/las-int16.nii.gz'
/** A notice of npm 11 about scripts of packages, which a package cannot answer for whoever installs it. */
const NOTICE = /^npm warn install-scripts/
const PATIENCE_MS = 60_000

rmSync(folder, { recursive: true, force: true })
for (const name of ['app', 'data']) mkdirSync(join(folder, name), { recursive: true })
cpSync(VOLUME, join(folder, 'data', 'one.nii.gz'))

npm('.', 'pack', '--silent', '--pack-destination', folder)
const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))
const app = join(folder, 'app')
writeFileSync(join(app, 'package.json'), '{ "private": true }')
const warnings = npm(app, 'install', '--no-audit', '--no-fund', join(folder, tarball)).split('\n').filter((line) => /^npm (warn|error)/i.test(line) && !NOTICE.test(line))
if (warnings.length > 0) fail(`npm install of ${tarball} warns:\n${warnings.join('\n')}`)

const { NODE_OPTIONS: _, ...env } = process.env
const server = spawn(process.execPath, ['--trace-warnings', join(app, 'node_modules', '.bin', 'niiserve'), 'serve'], {
  cwd: app, env: { ...env, DATA_ROOT: join(folder, 'data'), PORT: '0', LOG_LEVEL: 'error' }
})
let [out, faults] = ['', '']
server.stdout.on('data', (text) => { out += text })
server.stderr.on('data', (text) => { faults += text })
const ended = new Promise((resolve) => server.on('close', resolve))
try {
  const until = performance.now() + PATIENCE_MS
  const origin = () => /http:\/\/[\d.:]+/.exec(out)?.[0]
  while (origin() === undefined && server.exitCode === null && performance.now() < until) await pause(100)
  if (origin() === undefined) fail(`the service does not start: ${out}${faults}`)
  for (const path of ['/v1/dataset', '/docs/', '/', '/v1/studies']) {
    const { status } = await fetch(origin() + path)
    if (status !== 200) fail(`${path} answers ${status}`)
  }
} finally {
  server.kill('SIGTERM')
}
const code = await ended
if (code !== 0 || faults !== '') fail(`the service ended with ${code}, and said:\n${faults}`)
console.log(`${tarball}: installed without a warning, started without one, on Node ${process.versions.node}`)

/** @returns what npm said on its standard error */
function npm (cwd, ...args) {
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd, encoding: 'utf8', shell: process.platform === 'win32' })
  if (status !== 0) fail(`npm ${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`)
  return stderr
}

function fail (why) {
  throw new Error(why)
}
