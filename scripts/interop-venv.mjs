// Makes .venv with what test/interop/requirements.txt names; does nothing while it is up to date.
// If NIISERVE_PYTHON names an interpreter that has these packages, no .venv is made.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const REQUIREMENTS = 'test/interop/requirements.txt'
const VENV = '.venv'
const STAMP = join(VENV, '.requirements.sha256')

const wanted = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex')
const isMade = existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted
if (process.env.NIISERVE_PYTHON === undefined && !isMade) {
  // An unfinished venv has no stamp; make it again.
  rmSync(VENV, { recursive: true, force: true })
  run('python3', '-m', 'venv', VENV)
  run(join(VENV, 'bin', 'python'), '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS)
  writeFileSync(STAMP, wanted)
}

function run (command, ...args) {
  console.log(`$ ${command} ${args.join(' ')}`)
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' })
  if (status === 0) return
  console.error(error?.message ?? `${command} ended with ${status}; the interop tests need Python 3.11 or later with venv and pip`)
  process.exit(1)
}
