import { extname, join } from 'node:path'

/** A file of src/ as this process would load it: `.js` where the tests are compiled, `.ts` under tsx. @param name without ending */
export function sourceFile (name: string): string {
  return join(import.meta.dirname, '../../src', name + extname(import.meta.filename))
}
