import { SingleBar } from 'cli-progress'

/** A bar on a terminal; elsewhere an occasional line for the log. */
export interface Progress { update: (done: number, total: number) => void, stop: () => void }

const LINE_INTERVAL_MS = 5_000

/** @param write gets the lines when there is no terminal */
export function progressBar (what: string, unit: string, write: (line: string) => void = console.error): Progress {
  return process.stderr.isTTY ? terminalBar(what, unit) : lines(what, unit, write)
}

function terminalBar (what: string, unit: string): Progress {
  const bar = new SingleBar({ format: `${what} [{bar}] {value}/{total} ${unit}, {eta_formatted} left`, hideCursor: true, clearOnComplete: true, stream: process.stderr })
  let started = false
  return {
    update (done, total) {
      if (!started) bar.start(total, done)
      started = true
      bar.update(done)
    },
    stop () {
      if (started) bar.stop()
    }
  }
}

function lines (what: string, unit: string, write: (line: string) => void): Progress {
  let last = -Infinity
  return {
    update (done, total) {
      const now = performance.now()
      if (now - last < LINE_INTERVAL_MS && done < total) return
      last = now
      write(`${what}: ${done}/${total} ${unit}`)
    },
    stop () {}
  }
}
