import { readdirSync, readFileSync } from 'node:fs'

/** Ticks of /proc's times per second: USER_HZ, 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100

/** CPU time that a process and all below it have used, user and system together, in seconds. */
export function cpuSeconds (pid: number): number {
  return sum(familyOf(pid).map((each) => {
    const fields = statFields(each)
    return fields === undefined ? 0 : (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
  }))
}

/** Proportional set size of a process and all below it, in bytes: shared pages count by share (proc(5)). */
export function pssBytes (pid: number): number {
  return sum(familyOf(pid).map((each) => {
    const kib = /^Pss:\s+(\d+) kB/m.exec(read(`/proc/${each}/smaps_rollup`) ?? '')?.[1]
    return Number(kib ?? 0) * 1024
  }))
}

/** A process and all below it. */
export function familyOf (pid: number): number[] {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const parent = Number(statFields(Number(name))?.[1])
    children.set(parent, [...(children.get(parent) ?? []), Number(name)])
  }
  const below = (each: number): number[] => [each, ...(children.get(each) ?? []).flatMap(below)]
  return below(pid)
}

/** Fields of /proc/PID/stat from the third on (`state`): a name in parentheses may hold anything, spaces too. */
function statFields (pid: number): string[] | undefined {
  const text = read(`/proc/${pid}/stat`)
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')
}

function read (file: string): string | undefined {
  try { return readFileSync(file, 'utf8') } catch { return undefined } // it ended meanwhile
}

function sum (values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
