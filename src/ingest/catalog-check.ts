import type { Damage } from '../catalog/database.js'
import { ThreadPool, threadFile } from '../threads/thread-pool.js'

/** Check the content of a catalog file in a thread of its own, with a connection of its own. */
export async function checkCatalog (file: string): Promise<Damage> {
  const pool = new ThreadPool<string, Damage>({ filename: threadFile('check-worker', import.meta.url), maxThreads: 1, recordTiming: false })
  try {
    return await pool.run(file)
  } finally {
    await pool.end()
  }
}
