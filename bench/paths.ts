import { join } from 'node:path'

/** The checkout; the bench is started from it by `npm run bench`. */
export const CHECKOUT = join(import.meta.dirname, '..')
/** Where everything the bench makes is kept between runs; safe to delete. */
export const WORKSPACE = join(CHECKOUT, '.niiserve', 'bench')
export const PEERS = join(import.meta.dirname, 'peers')
