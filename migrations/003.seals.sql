-- SQLite keeps no checksums: a bit that a disk turned in a number or a text looks like any other. So each study has one.

CREATE TABLE seals (
  study_id TEXT PRIMARY KEY,      -- no reference, so that a study whose row is gone is missed by it
  seal     TEXT NOT NULL          -- SHA-256 of all that is kept of the study but its access points
) WITHOUT ROWID;

-- What was read before there were seals is read again.
DELETE FROM studies;
