import { InvalidRequest } from '../errors.js'

/**
 * The same fault, with the item it is about in front of its detail. A copy: a decode that fails is told to all who
 * waited for it, and each has an item of its own. Parameters that clash are told as they are: they are the request's.
 */
export function named (item: string, error: Error): Error {
  if (error instanceof InvalidRequest || !('code' in error)) return error
  return Object.create(Object.getPrototypeOf(error), {
    ...Object.getOwnPropertyDescriptors(error),
    message: { value: `${item}: ${error.message}`, writable: true, configurable: true }
  }) as Error
}
