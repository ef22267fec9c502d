import { FAULTS, NiiserveFault, VolumeUnreadable } from '../errors.js'
import { GzipDamaged } from '../gzip/damaged.js'

/**
 * What a thread answers. Errors lose their class between threads, so expected errors travel as a value. Any other error
 * is a bug of ours and is thrown as it is.
 */
export type Outcome<Value> = { value: Value } | { fault: Fault }

/** A fault: the code of its class, its message, and the facts it carries. */
interface Fault { code: keyof typeof FAULTS | 'damaged', message: string, facts: object }

/** Bytes that were sound when the file was read into the catalog and are damaged now: the file, or the disk, has changed. */
export class DamagedSince extends VolumeUnreadable {}

/** Run work in a thread; expected errors become values. */
export async function outcomeOf<Value> (work: () => Value | Promise<Value>): Promise<Outcome<Value>> {
  try {
    return { value: await work() }
  } catch (error) {
    if (error instanceof GzipDamaged) return { fault: { code: 'damaged', message: error.message, facts: {} } }
    if (error instanceof NiiserveFault) return { fault: { code: error.code as keyof typeof FAULTS, message: error.message, facts: { ...error } } }
    throw error
  }
}

/** Rebuilds the error on the caller's side: same class, same facts. */
export function thrown ({ code, message, facts }: Fault): Error {
  if (code === 'damaged') return new DamagedSince(message)
  return Object.assign(Object.setPrototypeOf(new Error(message), FAULTS[code].prototype) as Error, facts)
}
