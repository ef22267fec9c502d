import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { EXPECTED, NO_STUDY, PREDICTION, SLICE } from './live-service.js'

const runFile = promisify(execFile)

/** Where scripts/contract-tools.mjs has put the tools. */
export const TOOLS = join(process.cwd(), '.niiserve', 'contract')
/** The contract as it is checked in. */
export const CONTRACT = join(process.cwd(), 'openapi.yaml')

/** Longer than any program of ours takes; one that hangs ends here, and not the run it is part of. */
const PATIENCE_MS = 300_000

/** Run a program of a folder; its standard output. A failure says what the program said. */
export async function run (cwd: string, command: string, ...args: string[]): Promise<string> {
  const env = { ...process.env, NODE_OPTIONS: '', PATH: `${join(TOOLS, 'python', 'bin')}:${process.env['PATH'] ?? ''}` }
  const { stdout } = await runFile(command, args, { cwd, env, maxBuffer: 64 * 2 ** 20, timeout: PATIENCE_MS, killSignal: 'SIGKILL' }).catch((error: { stdout: string, stderr: string, message: string }) => {
    throw new Error(`${command} ${args.join(' ')}: ${error.message}\n${error.stdout.slice(-4000)}\n${error.stderr.slice(-4000)}`)
  })
  return stdout
}

/** A folder of its own with the programs of `test/sdk/{from}` and the mask that they send, for the generators to write into. */
export function workFolder (name: string, from: string = name): string {
  const folder = join(process.cwd(), '.niiserve', 'sdk', name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  cpSync(join('test/sdk', from), folder, { recursive: true })
  writeFileSync(join(folder, 'prediction.npy'), PREDICTION)
  return folder
}

/** What a program is started with: origin, study, index, and an id that no study has. */
export function programArguments (origin: string): string[] {
  return [origin, SLICE.study, String(SLICE.index), NO_STUDY]
}

/** Whether a client saw the studies, the slice with its shape, and the problem. */
export function assertReport (output: string): void {
  assert.deepEqual(JSON.parse(output), EXPECTED)
}

/** Why a test of this tool cannot run here; false where it can. */
export function without (...commands: string[]): string | false {
  const missing = commands.find((command) => spawnSync(command, ['version'], { stdio: 'ignore' }).error !== undefined)
  return missing === undefined ? false : `${missing} is not installed`
}
