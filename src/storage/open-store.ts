import { LocalStore } from './local-store.js'
import type { StoreSpec } from './object-store.js'

/** The store that a spec names, for instance inside a thread. Nothing is looked at yet. */
export function openStore (spec: StoreSpec): LocalStore {
  return new LocalStore(spec.root)
}
