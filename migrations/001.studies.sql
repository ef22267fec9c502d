-- What exists: one row per study of the registry, one per file of it, one per axial slice.

CREATE TABLE studies (
  id         TEXT PRIMARY KEY,
  number     INTEGER,
  category   TEXT NOT NULL,
  severity   INTEGER NOT NULL,
  image_file TEXT NOT NULL,
  mask_file  TEXT,
  status     TEXT NOT NULL DEFAULT 'pending'
             CHECK (status IN ('pending', 'ready', 'missing', 'unreadable')),
  annotated  INTEGER NOT NULL DEFAULT 0,
  slices     INTEGER,             -- axial slices of the image; null until it is ready
  lesion_ml  REAL,                -- null without a readable mask
  facts      TEXT NOT NULL        -- the study as the API shows it, JSON
) WITHOUT ROWID;

-- Every sort is (key, id) ascending: descending keys are negated, and what lacks the fact comes last.
CREATE INDEX studies_by_severity      ON studies (severity, id);
CREATE INDEX studies_by_severity_desc ON studies (-severity, id);
CREATE INDEX studies_by_slices        ON studies (COALESCE(slices, 1e308), id);
CREATE INDEX studies_by_slices_desc   ON studies (COALESCE(-slices, 1e308), id);
CREATE INDEX studies_by_lesion        ON studies (COALESCE(lesion_ml, 1e308), id);
CREATE INDEX studies_by_lesion_desc   ON studies (COALESCE(-lesion_ml, 1e308), id);
CREATE INDEX studies_by_category      ON studies (category, id);
CREATE INDEX studies_by_status        ON studies (status, id);
CREATE INDEX studies_by_annotated     ON studies (annotated, id);

-- AUTOINCREMENT: an id stands for one state of one file, in memory too, so it is never given twice.
CREATE TABLE volumes (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  study_id  TEXT NOT NULL REFERENCES studies (id) ON DELETE CASCADE,
  kind      TEXT NOT NULL CHECK (kind IN ('image', 'mask')),
  file      TEXT NOT NULL,
  status    TEXT NOT NULL CHECK (status IN ('ready', 'missing', 'unreadable')),
  problem   TEXT,
  warnings  TEXT NOT NULL DEFAULT '[]',
  bytes     INTEGER,              -- of the file, null when it is missing
  mtime_ms  REAL,
  edges     TEXT,                 -- hash of the file's head and tail
  sha256    TEXT,
  header    BLOB,                 -- the first 540 bytes of the NIfTI stream, as they are
  intensity TEXT,                 -- {"min":…,"max":…,"mean":…} in HU, JSON; images only
  lesion    TEXT,                 -- {"voxels":…,"volumeMl":…,"slices":[…]}, JSON; masks only
  UNIQUE (study_id, kind)
);

CREATE TABLE slices (
  study_id      TEXT NOT NULL REFERENCES studies (id) ON DELETE CASCADE,
  slice         INTEGER NOT NULL,
  min           REAL,
  max           REAL,
  mean          REAL,
  lung_fraction REAL,
  lesion_pixels INTEGER,          -- null without a mask
  PRIMARY KEY (study_id, slice)
) WITHOUT ROWID;
