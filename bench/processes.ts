import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { familyOf } from './process-tree.js'

/** A process that the bench started, and alone may end. */
export interface Started { name: string, pid: number, child: ChildProcess, stop: () => Promise<void> }

export interface StartOptions { env?: Record<string, string>, cwd?: string, stdio?: 'lines', silent?: boolean }

const started = new Set<ChildProcess>()
const STOP_GRACE_MS = 5000

// A bench that dies takes its servers with it.
process.on('exit', () => { for (const child of started) child.kill('SIGTERM') })
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => { stopAll().finally(() => process.exit(130)) })
}

/** Start a program. With `lines`, its stdin and stdout are pipes; its stderr is shown unless `silent`. */
export function start (name: string, command: string, args: readonly string[], options: StartOptions = {}): Started {
  const pipe = options.stdio === 'lines' ? 'pipe' as const : 'ignore' as const
  const child = spawn(command, args, {
    env: { ...process.env, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdio: [pipe, pipe, options.silent === true ? 'ignore' : 'inherit']
  })
  started.add(child)
  child.once('exit', () => started.delete(child))
  child.once('error', (error) => {
    started.delete(child)
    process.stderr.write(`${name} did not start: ${error.message}\n`)
  })
  return { name, pid: child.pid ?? -1, child, stop: async () => { await stop(child) } }
}

async function stop (child: ChildProcess): Promise<void> {
  if (!started.has(child)) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const kill = setTimeout(() => { for (const pid of familyOf(child.pid ?? -1)) process.kill(pid, 'SIGKILL') }, STOP_GRACE_MS)
  await ended
  clearTimeout(kill)
}

/** End everything that is still running. */
export async function stopAll (): Promise<void> {
  await Promise.all([...started].map(async (child) => { await stop(child) }))
}

/** Wait until the URL answers 200 (and `holds` is content with its body); fails when the process ends first. */
export async function ready (process: Started, url: string, seconds = 60, holds?: (body: string) => boolean): Promise<void> {
  const end = Date.now() + seconds * 1000
  while (Date.now() < end) {
    if (process.child.exitCode !== null || process.pid === -1) throw new Error(`${process.name} ended before it was ready`)
    const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) }).catch(() => undefined)
    const body = await answer?.text()
    if (answer?.ok === true && body !== undefined && (holds === undefined || holds(body))) return
    await delay(50)
  }
  throw new Error(`${process.name} was not ready after ${seconds} s: ${url}`)
}

/** Run a program to its end: how many seconds it took. Fails unless it ends with 0. */
export async function run (name: string, command: string, args: readonly string[], options: StartOptions = {}): Promise<number> {
  const begin = performance.now()
  const { child } = start(name, command, args, options)
  const [code] = await once(child, 'exit') as [number | null]
  if (code !== 0) throw new Error(`${name} ended with ${code ?? 'a signal'}`)
  return (performance.now() - begin) / 1000
}
