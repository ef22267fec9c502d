import pino from 'pino'

/** Where the log goes: standard output, unless a test takes it. */
export interface LogOutput { readonly isTTY?: boolean, write: (text: string) => unknown }

/** The log of a command: lines for people on a terminal, JSON elsewhere. */
export function processLog (level: string, output: LogOutput = process.stdout): pino.Logger {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime }
  if (output.isTTY === true) return pino(options, { write: (record) => output.write(lineForPeople(record)) })
  return output === process.stdout ? pino(options) : pino(options, output)
}

/** One record of pino as one line, such as `12:30:05 warn  image cannot be served  study=study_0001`; an error's stack follows it. */
function lineForPeople (record: string): string {
  const { level, time, msg = '', err, ...facts } = JSON.parse(record) as Record<string, unknown> & { level: number, time: string }
  const fields = Object.entries(facts).map(([name, value]) => `  ${name}=${shown(value)}`).join('')
  const { message, stack } = (err ?? {}) as { message?: string, stack?: string }
  const trouble = err === undefined ? '' : `\n${stack ?? message ?? JSON.stringify(err)}`
  return `${time.slice(11, 19)} ${(pino.levels.labels[level] ?? String(level)).padEnd(5)} ${shown(msg)}${fields}${printable(trouble)}\n`
}

function shown (value: unknown): string {
  return printable(typeof value === 'string' ? value : JSON.stringify(value)).replaceAll('\n', ' ')
}

/** Without control characters, by which a name in a request or a file could steer the terminal. */
function printable (text: string): string {
  return text.replace(/[^\P{Cc}\n]/gu, '?')
}
