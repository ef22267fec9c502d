import { SQLite } from './sqlite.js'
import type { StoredPoint, SurveyedVolume } from './catalog.js'
import { copied } from './rows.js'

/** A volume whose histories are in the catalog itself. */
export type InlineVolume = Pick<SurveyedVolume, 'sha256' | 'headerBytes' | 'slabs' | 'points'>

/**
 * Replace the histories in a catalog file that nobody else uses, volume by volume. The file is not canonical any more.
 *
 * @param replace gets a volume, and returns it with other histories, or as it is
 * @returns how many volumes were changed
 */
export async function replaceHistories (file: string, replace: (volume: InlineVolume) => Promise<InlineVolume>): Promise<number> {
  const database = new SQLite(file, { fileMustExist: true })
  let changed = 0
  try {
    database.pragma('journal_mode = OFF')
    database.pragma('synchronous = OFF')
    const pointsOf = database.prepare('SELECT id, out_offset AS outOffset, in_offset AS inOffset, bit, history FROM access_points WHERE volume_id = ? ORDER BY out_offset')
    const update = database.prepare('UPDATE access_points SET history = ? WHERE id = ?')
    const volumes = database.prepare('SELECT v.id, v.sha256, v.header, s.ends, s.crcs FROM volumes v JOIN slabs s ON s.volume_id = v.id WHERE v.sha256 IS NOT NULL ORDER BY v.id').all() as { id: number, sha256: string, header: Buffer | null, ends: Buffer | null, crcs: Buffer }[]
    for (const { id, sha256, header, ends, crcs } of volumes) {
      const points = pointsOf.all(id) as (StoredPoint & { id: number })[]
      const before: InlineVolume = { sha256, headerBytes: header, slabs: { ends: ends === null ? null : new Float64Array(copied(ends)), crcs: new Uint32Array(copied(crcs)) }, points }
      const after = await replace(before)
      if (after === before) continue
      changed++
      database.transaction(() => { for (const [n, { history }] of after.points.entries()) update.run(history, points[n]!.id) })()
    }
    return changed
  } finally {
    database.close()
  }
}
