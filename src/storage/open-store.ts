import { LocalStore } from './local-store.js'
import type { Source, StoreSpec } from './object-store.js'
import type { Identity } from './identity.js'

/** A store as a thread reads it. */
export interface ThreadStore { open (key: string, expected?: Identity): Source | undefined }

/** The store for a spec, for example inside a thread. It does not access the disk yet. */
export function openStore (spec: StoreSpec): ThreadStore {
  if (spec.kind === 'folder') return new LocalStore(spec.root)
  return { open (key) { throw new Error(`${key} is remote: its bytes come with the task`) } }
}
