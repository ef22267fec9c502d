import { FAULTS, NiiserveFault, VolumeUnreadable } from '../errors.js'
import { GzipDamaged } from '../gzip/damaged.js'

/**
 * What a thread answers. Errors lose their class on the way between threads, so those that mean something
 * travel as a value; any other is a fault of ours and is thrown as it is.
 */
export type Outcome<Value> = { value: Value } | { fault: Fault }

/** A fault's class by its code, its message, and the facts it carries. */
interface Fault { code: keyof typeof FAULTS | 'damaged', message: string, facts: object }

/** Bytes that held when the file was read into the catalog and do not now: the file, or the disk, has changed. */
export class DamagedSince extends VolumeUnreadable {}

/** Run work in a thread, with the errors that mean something turned into values. */
export async function outcomeOf<Value> (work: () => Value | Promise<Value>): Promise<Outcome<Value>> {
  try {
    return { value: await work() }
  } catch (error) {
    if (error instanceof GzipDamaged) return { fault: { code: 'damaged', message: error.message, facts: {} } }
    if (error instanceof NiiserveFault) return { fault: { code: error.code as keyof typeof FAULTS, message: error.message, facts: { ...error } } }
    throw error
  }
}

/** The error behind a fault, on the side that asked: of the same class, with the same facts. */
export function thrown ({ code, message, facts }: Fault): Error {
  if (code === 'damaged') return new DamagedSince(message)
  return Object.assign(Object.setPrototypeOf(new Error(message), FAULTS[code].prototype) as Error, facts)
}
