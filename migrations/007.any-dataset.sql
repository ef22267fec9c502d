-- Studies of any dataset: without a category, of a patient, with a place in the dataset's own split; and of more files
-- than an image and a mask. SQLite changes no constraint of a table, so two tables are made anew.

CREATE TABLE studies_of_any (
  id         TEXT PRIMARY KEY,
  number     INTEGER,
  category   TEXT,                -- null where the dataset has no categories
  severity   INTEGER,             -- the place of the category in the dataset's scale, from 0
  patient    TEXT,                -- studies of one patient stay together in a split
  split      TEXT CHECK (split IN ('train', 'val', 'test')),  -- the dataset's own
  image_file TEXT NOT NULL,
  mask_file  TEXT,
  status     TEXT NOT NULL DEFAULT 'pending'
             CHECK (status IN ('pending', 'ready', 'missing', 'unreadable')),
  annotated  INTEGER NOT NULL DEFAULT 0,
  slices     INTEGER,             -- axial slices of the image; null until it is ready
  lesion_ml  REAL,                -- null without a readable mask
  facts      TEXT NOT NULL        -- the study as the API shows it, JSON
) WITHOUT ROWID;
INSERT INTO studies_of_any (id, number, category, severity, image_file, mask_file, status, annotated, slices, lesion_ml, facts)
  SELECT id, number, category, severity, image_file, mask_file, status, annotated, slices, lesion_ml, facts FROM studies;
DROP TABLE studies;
ALTER TABLE studies_of_any RENAME TO studies;

CREATE INDEX studies_by_severity      ON studies (COALESCE(severity, 1e308), id);
CREATE INDEX studies_by_severity_desc ON studies (COALESCE(-severity, 1e308), id);
CREATE INDEX studies_by_slices        ON studies (COALESCE(slices, 1e308), id);
CREATE INDEX studies_by_slices_desc   ON studies (COALESCE(-slices, 1e308), id);
CREATE INDEX studies_by_lesion        ON studies (COALESCE(lesion_ml, 1e308), id);
CREATE INDEX studies_by_lesion_desc   ON studies (COALESCE(-lesion_ml, 1e308), id);
CREATE INDEX studies_by_category      ON studies (category, id);
CREATE INDEX studies_by_status        ON studies (status, id);
CREATE INDEX studies_by_annotated     ON studies (annotated, id);
CREATE INDEX studies_by_spacing ON studies (COALESCE(CASE WHEN instr('SI', substr(json_extract(facts, '$.axes'), 3, 1)) > 0 THEN json_extract(facts, '$.spacing[2]') WHEN instr('SI', substr(json_extract(facts, '$.axes'), 2, 1)) > 0 THEN json_extract(facts, '$.spacing[1]') WHEN instr('SI', substr(json_extract(facts, '$.axes'), 1, 1)) > 0 THEN json_extract(facts, '$.spacing[0]') END, 1e308), id);
CREATE INDEX studies_by_spacing_desc ON studies (COALESCE(-CASE WHEN instr('SI', substr(json_extract(facts, '$.axes'), 3, 1)) > 0 THEN json_extract(facts, '$.spacing[2]') WHEN instr('SI', substr(json_extract(facts, '$.axes'), 2, 1)) > 0 THEN json_extract(facts, '$.spacing[1]') WHEN instr('SI', substr(json_extract(facts, '$.axes'), 1, 1)) > 0 THEN json_extract(facts, '$.spacing[0]') END, 1e308), id);
CREATE INDEX studies_by_bytes ON studies (COALESCE(json_extract(facts, '$.file.bytes'), 1e308), id);
CREATE INDEX studies_by_bytes_desc ON studies (COALESCE(-json_extract(facts, '$.file.bytes'), 1e308), id);
CREATE INDEX studies_by_hu_min ON studies (COALESCE(json_extract(facts, '$.intensity.min'), 1e308), id);
CREATE INDEX studies_by_hu_min_desc ON studies (COALESCE(-json_extract(facts, '$.intensity.min'), 1e308), id);
CREATE INDEX studies_by_hu_max ON studies (COALESCE(json_extract(facts, '$.intensity.max'), 1e308), id);
CREATE INDEX studies_by_hu_max_desc ON studies (COALESCE(-json_extract(facts, '$.intensity.max'), 1e308), id);

CREATE TABLE volumes_of_any (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  study_id     TEXT NOT NULL REFERENCES studies (id) ON DELETE CASCADE,
  kind         TEXT NOT NULL,     -- image, mask, channel:{name}, labels:{set}, or labels:{set}:{label} of a binary file
  file         TEXT NOT NULL,
  status       TEXT NOT NULL CHECK (status IN ('ready', 'missing', 'unreadable')),
  problem      TEXT,
  warnings     TEXT NOT NULL DEFAULT '[]',
  bytes        INTEGER,           -- of the file, null when it is missing
  mtime_ms     REAL,
  edges        TEXT,              -- hash of the file's head and tail
  sha256       TEXT,
  header       BLOB,              -- the first 540 bytes of the NIfTI stream, as they are
  intensity    TEXT,              -- {"min":…,"max":…,"mean":…} in HU, JSON; images only
  lesion       TEXT,              -- {"voxels":…,"volumeMl":…,"slices":[…]}, JSON; masks only
  label_values TEXT,              -- {"seen":[{"value":…,"voxels":…}],"others":…,…}, JSON; masks only
  UNIQUE (study_id, kind)
);
INSERT INTO volumes_of_any SELECT id, study_id, kind, file, status, problem, warnings, bytes, mtime_ms, edges, sha256, header, intensity, lesion, label_values FROM volumes;
DROP TABLE volumes;
ALTER TABLE volumes_of_any RENAME TO volumes;
