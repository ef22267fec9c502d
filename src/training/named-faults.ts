import { InvalidRequest } from '../errors.js'

/**
 * The same fault, its detail prefixed with the item. A copy, because one failed decode is reported to several waiting
 * requests, each with its own item. Faults of parameters are not prefixed: they are about the request.
 */
export function named (item: string, error: Error): Error {
  if (error instanceof InvalidRequest || !('code' in error)) return error
  return Object.create(Object.getPrototypeOf(error), {
    ...Object.getOwnPropertyDescriptors(error),
    message: { value: `${item}: ${error.message}`, writable: true, configurable: true }
  }) as Error
}
