import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { resolve } from 'node:path'

/** Separate from `dist/`, which may be in use or being built at the same time. */
const BUILD = resolve('.niiserve/built-for-tests')

/** The command line as shipped, compiled once per run: it starts much faster than TypeScript. Types are checked elsewhere. */
export function builtCli (): string {
  mkdirSync(BUILD, { recursive: true })
  const { status, stderr } = spawnSync(process.execPath, ['scripts/build.mjs', '--out', `${BUILD}/dist`], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`the build failed: ${stderr}`)
  // What the built files read beside them.
  for (const name of ['migrations', 'package.json']) if (!existsSync(`${BUILD}/${name}`)) symlinkSync(resolve(name), `${BUILD}/${name}`)
  return `${BUILD}/dist/cli.js`
}

export interface Finished { code: number | null, signal: NodeJS.Signals | null, output: string }

/** Starts a process, and collects its output until it ends; its environment is only `settings` and PATH. */
export function start (command: string, parameters: readonly string[], settings: Record<string, string>): { child: ChildProcess, ended: Promise<Finished> } {
  const { PATH } = process.env
  const child = spawn(command, parameters, { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH, ...settings } })
  let output = ''
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk) => { output += String(chunk) })
  const ended = new Promise<Finished>((resolve, reject) => child.on('error', reject).on('close', (code, signal) => resolve({ code, signal, output })))
  return { child, ended }
}

/** Whether this user may make private mounts, which other processes do not see and which end with the process. */
export function canMount (): boolean {
  return spawnSync('unshare', ['-m', 'true']).status === 0
}
