-- Runs of algorithms, and what they scored. Unlike the catalog, none of it can be read again from the dataset.

CREATE TABLE evaluations (
  id              TEXT PRIMARY KEY,
  created_ms      INTEGER NOT NULL,
  name            TEXT NOT NULL,
  algorithm       TEXT,
  version         TEXT,
  note            TEXT,
  tolerance_mm    REAL NOT NULL,
  min_lesion_ml   REAL NOT NULL,
  filters         TEXT NOT NULL,      -- the query that chose the target, JSON
  target          TEXT NOT NULL,      -- [{"id":…,"severity":…,"mask":{"sha256":…,"voxels":…,"volumeMl":…}|null}], in id order, JSON
  target_hash     TEXT NOT NULL,
  dice            REAL,               -- mean over the annotated target studies, a missing mask as an empty one
  scored          INTEGER NOT NULL DEFAULT 0,
  grades          TEXT,               -- the body of the severity route, JSON
  severity        TEXT                -- what it was answered with, JSON
) WITHOUT ROWID;

-- Every sort is (key, id) ascending: descending keys are negated, and a run without the fact comes last.
CREATE INDEX evaluations_by_created      ON evaluations (created_ms, id);
CREATE INDEX evaluations_by_created_desc ON evaluations (-created_ms, id);
CREATE INDEX evaluations_by_dice         ON evaluations (COALESCE(dice, 1e308), id);
CREATE INDEX evaluations_by_dice_desc    ON evaluations (COALESCE(-dice, 1e308), id);

CREATE TABLE scores (
  evaluation_id TEXT NOT NULL REFERENCES evaluations (id) ON DELETE CASCADE,
  study_id      TEXT NOT NULL,
  dice          REAL,
  metrics       TEXT NOT NULL,        -- one row of the run's table, JSON
  PRIMARY KEY (evaluation_id, study_id)
) WITHOUT ROWID;
