import { accessSync, constants, existsSync } from 'node:fs'
import { join } from 'node:path'
import { PEERS, WORKSPACE } from './paths.js'
import { run } from './processes.js'

/** A peer cannot be measured here; the rows that need it are left out, by name. */
export class MissingTool extends Error {
  constructor (readonly tool: string, install: string) {
    super(`${tool} is missing; to measure against it: ${install}`)
  }
}

/** The full path of a program, looked for where Debian puts programs too. */
export function program (name: string, install: string): string {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/bin']
  const found = folders.map((folder) => join(folder, name)).find(isExecutable)
  if (found === undefined) throw new MissingTool(name, install)
  return found
}

/** Python with the peers' packages, at the versions of peers/requirements.txt; made on first use. */
export async function peersPython (): Promise<string> {
  return await venv('venv', 'requirements.txt', [], 'import fastapi, uvicorn, indexed_gzip, nibabel, numpy, PIL, pydicom')
}

/** Debian's Python with its CPU build of torch, and the peers' packages that go with it. */
export async function torchPython (): Promise<string> {
  return await venv('venv-torch', 'requirements-torch.txt', ['--system-site-packages'],
    'import torch, indexed_gzip, nibabel, numpy', 'apt-get install python3-torch python3-venv')
}

async function venv (name: string, requirements: string, options: string[], imports: string,
  install = 'apt-get install python3-venv, and be online once'): Promise<string> {
  const home = join(WORKSPACE, name)
  const python = join(home, 'bin', 'python')
  const works = async (): Promise<boolean> => await run(name, python, ['-c', imports], { silent: true }).then(() => true, () => false)
  if (existsSync(python) && await works()) return python
  process.stderr.write(`making ${name} from ${requirements}, once\n`)
  try {
    const base = options.length > 0 ? '/usr/bin/python3' : program('python3', 'apt-get install python3')
    if (options.length > 0) await run(name, base, ['-c', 'import torch'], { silent: true })
    await run(name, base, ['-m', 'venv', ...options, home])
    await run(name, python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', join(PEERS, requirements)])
  } catch {
    throw new MissingTool(`the Python of ${requirements}`, install)
  }
  if (!await works()) throw new MissingTool(`the Python of ${requirements}`, install)
  return python
}

function isExecutable (file: string): boolean {
  try { accessSync(file, constants.X_OK); return true } catch { return false }
}
