// Makes .niiserve/training-venv with what test/interop/requirements-training.txt names, over the system's Python and
// its torch; does nothing while it is up to date. Without a system torch it also does nothing, and those tests are skipped.
// NIISERVE_TRAINING_PYTHON names an interpreter that already has these packages.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const REQUIREMENTS = 'test/interop/requirements-training.txt'
const VENV = join('.niiserve', 'training-venv')
const STAMP = join(VENV, '.requirements.sha256')
const SYSTEM_PYTHON = '/usr/bin/python3'

const wanted = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex')
const isMade = existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted
const hasTorch = () => spawnSync(SYSTEM_PYTHON, ['-c', 'import torch'], { stdio: 'ignore' }).status === 0
if (process.env.NIISERVE_TRAINING_PYTHON === undefined && !isMade && hasTorch()) {
  rmSync(VENV, { recursive: true, force: true })
  run(SYSTEM_PYTHON, '-m', 'venv', '--system-site-packages', VENV)
  run(join(VENV, 'bin', 'python'), '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS)
  writeFileSync(STAMP, wanted)
}

function run (command, ...args) {
  console.log(`$ ${command} ${args.join(' ')}`)
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' })
  if (status === 0) return
  console.error(error?.message ?? `${command} ended with ${status}; the training tests need Python 3.11 or later with venv, pip and torch`)
  process.exit(1)
}
