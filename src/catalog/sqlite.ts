import type SQLiteModule from 'better-sqlite3'

export type Database = SQLiteModule.Database
export type Statement = SQLiteModule.Statement

/** The first Node that better-sqlite3 13 runs on. */
const NODE_OF_VERSION_13 = 22

/**
 * better-sqlite3, in the version that this Node can run; the only place that imports it.
 *
 * Version 13 (Node-API, nothing to compile) crashes on Node 20. Version 12 aborts on Node 24.19 and later when the
 * garbage collector finds a statement. package.json has both, 12 under another name; each has the same API here.
 */
const name = Number(process.versions.node.split('.', 1)[0]) < NODE_OF_VERSION_13 ? 'better-sqlite3-node20' : 'better-sqlite3'
export const { default: SQLite } = await import(name) as { default: typeof SQLiteModule }
