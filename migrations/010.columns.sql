-- Lists, counts and distributions are answered from columns in memory (src/catalog/study-columns.ts), which are read from
-- one index that holds everything they need. The sums over a study's slices and files are kept with the study.

ALTER TABLE studies ADD COLUMN lesion_slices INTEGER NOT NULL DEFAULT 0;  -- axial slices with lesion pixels
ALTER TABLE studies ADD COLUMN all_bytes INTEGER NOT NULL DEFAULT 0;      -- of all its files that are there

UPDATE studies SET
  lesion_slices = (SELECT COUNT(*) FROM slices WHERE study_id = studies.id AND lesion_pixels > 0),
  all_bytes = (SELECT COALESCE(SUM(bytes), 0) FROM volumes WHERE study_id = studies.id);

DROP INDEX studies_by_severity;
DROP INDEX studies_by_severity_desc;
DROP INDEX studies_by_slices;
DROP INDEX studies_by_slices_desc;
DROP INDEX studies_by_lesion;
DROP INDEX studies_by_lesion_desc;
DROP INDEX studies_by_category;
DROP INDEX studies_by_status;
DROP INDEX studies_by_annotated;
DROP INDEX studies_by_spacing;
DROP INDEX studies_by_spacing_desc;
DROP INDEX studies_by_bytes;
DROP INDEX studies_by_bytes_desc;
DROP INDEX studies_by_hu_min;
DROP INDEX studies_by_hu_min_desc;
DROP INDEX studies_by_hu_max;
DROP INDEX studies_by_hu_max_desc;

-- The expressions are those of src/catalog/study-facts.ts, to the letter.
CREATE INDEX studies_in_short ON studies (
  id, category, patient, split, status, annotated, mask_file, severity, slices, lesion_ml, lesion_slices, all_bytes, revision,
  CASE WHEN instr('SI', substr(json_extract(facts, '$.axes'), 3, 1)) > 0 THEN json_extract(facts, '$.spacing[2]') WHEN instr('SI', substr(json_extract(facts, '$.axes'), 2, 1)) > 0 THEN json_extract(facts, '$.spacing[1]') WHEN instr('SI', substr(json_extract(facts, '$.axes'), 1, 1)) > 0 THEN json_extract(facts, '$.spacing[0]') END,
  json_extract(facts, '$.spacing[0]'), json_extract(facts, '$.spacing[1]'), json_extract(facts, '$.spacing[2]'),
  json_extract(facts, '$.file.bytes'), json_extract(facts, '$.intensity.min'), json_extract(facts, '$.intensity.max'),
  (json_array_length(facts, '$.warnings') > 0)
);
