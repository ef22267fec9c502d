import type { Database } from './database.js'
import { SLICE_FACTS } from './rows.js'

/** Every statement of the catalog that does not depend on a filter, compiled once. */
export function prepareStatements (database: Database) {
  const prepare = (sql: string) => database.prepare(sql)
  return {
    study: prepare('SELECT id, number, category, severity, patient, split, image_file, mask_file, label_files, status FROM studies WHERE id = ?'),
    volumes: prepare('SELECT * FROM volumes WHERE study_id = ?'),
    facts: prepare('SELECT facts, revision FROM studies WHERE id = ?'),
    slices: prepare(`SELECT ${SLICE_FACTS} FROM slices WHERE study_id = ? ORDER BY slice`),
    slice: prepare(`SELECT ${SLICE_FACTS} FROM slices WHERE study_id = ? AND slice = ?`),
    countSlices: prepare('SELECT COUNT(*) FROM slices WHERE study_id = ?').pluck(),
    slabs: prepare('SELECT ends, crcs FROM slabs WHERE volume_id = ?'),
    points: prepare('SELECT id + @base AS id, out_offset AS outOffset, in_offset AS inOffset, bit FROM access_points WHERE volume_id = @volumeId ORDER BY out_offset'),
    history: prepare('SELECT history FROM access_points WHERE id = ?').pluck(),
    ids: prepare('SELECT id FROM studies').pluck(),
    // As one JSON text: better-sqlite3 takes longer to make nine values of a row than JSON.parse to read them.
    entriesAfter: prepare(`SELECT MAX(id), json_group_array(json_array(id, number, category, severity, patient, split, image_file, mask_file, label_files))
      FROM (SELECT id, number, category, severity, patient, split, image_file, mask_file, label_files FROM studies WHERE id > ? ORDER BY id LIMIT 10000)`).raw(),
    files: prepare('SELECT image_file, mask_file, label_files FROM studies WHERE id = ?'),
    fileStates: prepare('SELECT kind, status, problem, bytes, mtime_ms, edges, texts FROM volumes WHERE study_id = ?'),
    insertStudy: prepare('INSERT INTO studies (id, number, category, severity, patient, split, image_file, mask_file, label_files, facts, revision) VALUES (@id, @number, @category, @severity, @patient, @split, @imageKey, @maskKey, @labelKeys, @facts, @revision)'),
    updateStudy: prepare('UPDATE studies SET number = @number, category = @category, severity = @severity, patient = @patient, split = @split, image_file = @imageKey, mask_file = @maskKey, label_files = @labelKeys WHERE id = @id'),
    refreshStudy: prepare(`UPDATE studies SET status = @status, annotated = @annotated, slices = @slices, lesion_ml = @lesionMl, facts = @facts, revision = @revision, quality = @quality,
      lesion_slices = (SELECT COUNT(*) FROM slices WHERE study_id = @id AND lesion_pixels > 0), all_bytes = (SELECT COALESCE(SUM(bytes), 0) FROM volumes WHERE study_id = @id) WHERE id = @id`),
    deleteStudy: prepare('DELETE FROM studies WHERE id = ?'),
    deleteVolume: prepare('DELETE FROM volumes WHERE study_id = ? AND kind = ?'),
    insertVolume: prepare(`INSERT INTO volumes (study_id, kind, file, status, problem, warnings, bytes, mtime_ms, edges, sha256, header, intensity, lesion, label_values, label_slices, texts, voxels)
      VALUES (@studyId, @kind, @file, @status, @problem, @warnings, @bytes, @mtimeMs, @edges, @sha256, @header, @intensity, @lesion, @values, @labelSlices, @texts, @voxels)`),
    deleteSlices: prepare('DELETE FROM slices WHERE study_id = ?'),
    insertSlice: prepare('INSERT INTO slices (study_id, slice, min, max, mean, lung_fraction, lesion_pixels) VALUES (@studyId, @index, @min, @max, @mean, @lungFraction, @lesionPixels)'),
    labelSlice: prepare('UPDATE slices SET label_pixels = ? WHERE study_id = ? AND slice = ?'),
    unlabelSlices: prepare('UPDATE slices SET label_pixels = ? WHERE study_id = ? AND label_pixels IS NOT ?'),
    noteTexts: prepare('UPDATE volumes SET texts = ? WHERE id = ?'),
    voxelsUnknown: prepare('SELECT v.id, v.header, s.crcs FROM volumes v JOIN slabs s ON s.volume_id = v.id WHERE v.study_id = ? AND v.voxels IS NULL'),
    noteVoxels: prepare('UPDATE volumes SET voxels = ? WHERE id = ?'),
    insertSlabs: prepare('INSERT INTO slabs VALUES (?, ?, ?)'),
    insertPoint: prepare('INSERT INTO access_points (volume_id, out_offset, in_offset, bit, history) VALUES (@volumeId, @outOffset, @inOffset, @bit, @history)'),
    contents: prepare('SELECT sha256 FROM volumes WHERE study_id = ? AND sha256 IS NOT NULL ORDER BY kind').pluck()
  }
}
