import { LocalStore } from './local-store.js'
import type { StoreSpec } from './object-store.js'

/** The store for a spec, for example inside a thread. It does not access the disk yet. */
export function openStore (spec: StoreSpec): LocalStore {
  return new LocalStore(spec.root)
}
