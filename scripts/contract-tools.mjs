// Installs what holds the contract against the tools of its users, into .niiserve/contract, at the versions that
// test/sdk names, and what reads our DICOM as OHIF does: `node scripts/contract-tools.mjs npm python schemathesis openapi-generator viewers`. Does nothing while up to date.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const INSTALL = {
  npm: { manifest: 'test/sdk/npm/package-lock.json', into: installNpm },
  viewers: { manifest: 'test/interop/npm/package-lock.json', into: installNpm },
  python: { manifest: 'test/sdk/python/requirements.txt', into: installPython },
  schemathesis: { manifest: 'test/sdk/schemathesis/requirements.txt', into: installPython },
  'openapi-generator': { manifest: 'test/sdk/openapi-generator/version.txt', into: installJar }
}

for (const name of process.argv.slice(2)) {
  const { manifest, into } = INSTALL[name]
  const folder = join('.niiserve', 'contract', name)
  const stamp = join(folder, '.made-from.sha256')
  const wanted = createHash('sha256').update(readFileSync(manifest)).digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) continue
  // An unfinished installation has no stamp; make it again.
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  into(folder, manifest)
  writeFileSync(stamp, wanted)
}

function installNpm (folder, manifest) {
  for (const name of ['package.json', 'package-lock.json']) cpSync(join(dirname(manifest), name), join(folder, name))
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], folder)
}

function installPython (folder, requirements) {
  run('python3', ['-m', 'venv', folder])
  run(join(folder, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements])
}

function installJar (folder, manifest) {
  const version = readFileSync(manifest, 'utf8').trim()
  run('mvn', ['-q', '-B', 'dependency:copy', `-Dartifact=org.openapitools:openapi-generator-cli:${version}`, `-DoutputDirectory=${folder}`, '-Dmdep.stripVersion=true'])
}

function run (command, args, cwd = '.') {
  console.log(`$ ${command} ${args.join(' ')}`)
  const { status, error } = spawnSync(command, args, { cwd, stdio: 'inherit' })
  if (status === 0) return
  console.error(error?.message ?? `${command} ended with ${status}`)
  process.exit(1)
}
