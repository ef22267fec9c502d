-- What each axial slice has of each label, so that slices can be chosen by it; and what is odd about a study's files.

ALTER TABLE slices ADD COLUMN label_pixels TEXT;                  -- {"{set}":{"{name}":pixels}}, JSON; null where labels say no more than lesion or not
ALTER TABLE studies ADD COLUMN quality TEXT NOT NULL DEFAULT '[]';  -- findings about the study, JSON
ALTER TABLE volumes ADD COLUMN texts TEXT;                        -- fields whose text may identify a person or a moment, never the text, JSON; null: not looked at yet
ALTER TABLE volumes ADD COLUMN voxels TEXT;                       -- hash of shape, type and checksums of the voxels: equal where the voxels are
CREATE INDEX images_by_voxels ON volumes (voxels, study_id) WHERE kind = 'image' AND voxels IS NOT NULL;
