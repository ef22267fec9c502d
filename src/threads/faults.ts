import { CatalogBuilding, GeometryMismatch, Overloaded, PredictionTooLarge, PredictionUnreadable, VolumeUnreadable } from '../errors.js'
import { GzipDamaged } from '../gzip/damaged.js'

/**
 * What a thread answers. Errors lose their class on the way between threads, so those that mean something
 * travel as a value; any other is a fault of ours and is thrown as it is.
 */
export type Outcome<Value> = { value: Value } | { fault: Fault }
interface Fault { code: 'volume-unreadable' | 'catalog-building' | 'overloaded' | 'damaged' | 'prediction-unreadable' | 'body-too-large' | 'geometry-mismatch', message: string }

/** Bytes that held when the file was read into the catalog and do not now: the file, or the disk, has changed. */
export class DamagedSince extends VolumeUnreadable {}

/** Run work in a thread, with the errors that mean something turned into values. */
export async function outcomeOf<Value> (work: () => Value | Promise<Value>): Promise<Outcome<Value>> {
  try {
    return { value: await work() }
  } catch (error) {
    if (error instanceof GzipDamaged) return { fault: { code: 'damaged', message: error.message } }
    if (error instanceof VolumeUnreadable || error instanceof CatalogBuilding || error instanceof Overloaded ||
      error instanceof PredictionUnreadable || error instanceof PredictionTooLarge || error instanceof GeometryMismatch) {
      return { fault: { code: error.code, message: error.message } }
    }
    throw error
  }
}

/** The error behind a fault, on the side that asked. */
export function thrown ({ code, message }: Fault): Error {
  switch (code) {
    case 'damaged': return new DamagedSince(message)
    case 'volume-unreadable': return new VolumeUnreadable(message)
    case 'catalog-building': return new CatalogBuilding('The file')
    case 'overloaded': return new Overloaded('open files')
    case 'prediction-unreadable': return new PredictionUnreadable(message)
    case 'body-too-large': return new PredictionTooLarge(message)
    case 'geometry-mismatch': return new GeometryMismatch(message)
  }
}
