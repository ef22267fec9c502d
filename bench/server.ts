import type { Started } from './processes.js'

/** A server on loopback, ours or a peer's. */
export interface Server extends Started { port: number }
