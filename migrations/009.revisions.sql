-- The revision of each study, kept so that a list does not compute it for each of its studies.

ALTER TABLE studies ADD COLUMN revision TEXT NOT NULL DEFAULT '';  -- written with `facts`; empty until the facts are written by the current rules
