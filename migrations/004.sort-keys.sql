-- Keys that studies are sorted by, of facts that have no column: each the expression of src/catalog/study-facts.ts, to the letter.

CREATE INDEX studies_by_spacing ON studies (COALESCE(CASE WHEN instr('SI', substr(json_extract(facts, '$.axes'), 3, 1)) > 0 THEN json_extract(facts, '$.spacing[2]') WHEN instr('SI', substr(json_extract(facts, '$.axes'), 2, 1)) > 0 THEN json_extract(facts, '$.spacing[1]') WHEN instr('SI', substr(json_extract(facts, '$.axes'), 1, 1)) > 0 THEN json_extract(facts, '$.spacing[0]') END, 1e308), id);
CREATE INDEX studies_by_spacing_desc ON studies (COALESCE(-CASE WHEN instr('SI', substr(json_extract(facts, '$.axes'), 3, 1)) > 0 THEN json_extract(facts, '$.spacing[2]') WHEN instr('SI', substr(json_extract(facts, '$.axes'), 2, 1)) > 0 THEN json_extract(facts, '$.spacing[1]') WHEN instr('SI', substr(json_extract(facts, '$.axes'), 1, 1)) > 0 THEN json_extract(facts, '$.spacing[0]') END, 1e308), id);
CREATE INDEX studies_by_bytes ON studies (COALESCE(json_extract(facts, '$.file.bytes'), 1e308), id);
CREATE INDEX studies_by_bytes_desc ON studies (COALESCE(-json_extract(facts, '$.file.bytes'), 1e308), id);
CREATE INDEX studies_by_hu_min ON studies (COALESCE(json_extract(facts, '$.intensity.min'), 1e308), id);
CREATE INDEX studies_by_hu_min_desc ON studies (COALESCE(-json_extract(facts, '$.intensity.min'), 1e308), id);
CREATE INDEX studies_by_hu_max ON studies (COALESCE(json_extract(facts, '$.intensity.max'), 1e308), id);
CREATE INDEX studies_by_hu_max_desc ON studies (COALESCE(-json_extract(facts, '$.intensity.max'), 1e308), id);
