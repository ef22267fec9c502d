import type { JobResult } from './client.js'
import { cpuSeconds } from './process-tree.js'
import type { Started } from './processes.js'
import { median } from './stats.js'

/** A client's result with the CPU that the server used for it. */
export interface Measured extends JobResult { serverCpuSeconds: number }

/** Take the CPU time of what serves, one process or several, before and after a job. Ticks are of 10 ms: jobs should last a second or so. */
export async function withServerCpu (serving: Started | readonly Started[], job: () => Promise<JobResult>): Promise<Measured> {
  const used = () => [serving].flat().reduce((sum, { pid }) => sum + cpuSeconds(pid), 0)
  const before = used()
  const result = await job()
  return { ...result, serverCpuSeconds: used() - before }
}

export function perSecond (results: readonly JobResult[]): number[] {
  return results.map(({ requests, seconds }) => requests / seconds)
}

/** `cpuNote` of each contender by its name; who is not there has no results. */
export function cpuNotes (contenders: Readonly<Record<string, readonly Measured[]>>): string {
  return Object.entries(contenders).filter(([, results]) => results.length > 0).map(([name, results]) => cpuNote(name, results)).join('; ')
}

/** Server CPU and client CPU per request, median of rounds, and how busy the client was: at 1.0 it is the limit. */
function cpuNote (name: string, results: readonly Measured[]): string {
  const server = median(results.map(({ serverCpuSeconds, requests }) => serverCpuSeconds / requests * 1e6))
  const client = median(results.map(({ cpuSeconds: used, requests }) => used / requests * 1e6))
  const busy = median(results.map(({ cpuSeconds: used, seconds }) => used / seconds))
  return `${name}: ${Math.round(server)} µs server CPU, ${Math.round(client)} µs client CPU a request (client ${busy.toFixed(2)} cores)`
}

/** How niiserve itself says it answered, over all rounds: `miss 97 %, hit 3 %`. */
export function cacheNote (results: ReadonlyArray<Pick<JobResult, 'cache'>>): string {
  const totals = new Map<string, number>()
  for (const { cache } of results) {
    for (const [state, times] of Object.entries(cache)) totals.set(state, (totals.get(state) ?? 0) + times)
  }
  const all = [...totals.values()].reduce((sum, times) => sum + times, 0)
  return [...totals].map(([state, times]) => `${state} ${(times / all * 100).toFixed(1)} %`).join(', ')
}
