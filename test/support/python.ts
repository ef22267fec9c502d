import { spawn } from 'node:child_process'

/** The interpreter with nibabel and NumPy; the interop set-up makes the default one. */
export const PYTHON = process.env['NIISERVE_PYTHON'] ?? '.venv/bin/python'

/**
 * Run a Python script that reads one JSON value from its standard input and prints one.
 * JSON has no NaN and infinity: the script must print null for them.
 */
export async function runPython (scriptPath: string, input: unknown, python = PYTHON): Promise<unknown> {
  const child = spawn(python, [scriptPath], { stdio: ['pipe', 'pipe', 'inherit'] })
  const output: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
  // Ignored: a script that exits before reading all its input is reported by its exit code.
  child.stdin.on('error', () => {})
  child.stdin.end(JSON.stringify(input))
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve))
  if (code !== 0) throw new Error(`${python} ${scriptPath} ended with ${code}`)
  return JSON.parse(Buffer.concat(output).toString('utf8'))
}
