-- Label sets: further annotation files of a study, and where each label lies.

ALTER TABLE studies ADD COLUMN label_files TEXT NOT NULL DEFAULT '{}';  -- {"labels:{set}" or "labels:{set}:{label}": file}, JSON
ALTER TABLE volumes ADD COLUMN label_slices TEXT;  -- {"{value}":[[axial slice, voxels],…]}, JSON; of masks and label sets

CREATE TABLE label_sets (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  sets TEXT NOT NULL              -- names and values of the labels when the facts were written, JSON
);
