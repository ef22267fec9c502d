import type { Stats } from 'node:fs'
import type { Identity } from './identity.js'

/** The identity of a local file, from the result of a stat. */
export function identityOf ({ size, mtimeMs, ctimeMs, ino }: Stats): Identity {
  return { bytes: size, modifiedMs: mtimeMs, token: `${ino}-${ctimeMs}` }
}
