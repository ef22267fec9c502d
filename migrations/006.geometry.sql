-- A mask's values with their counts; and only those warnings are kept that reading a file gave: the others follow from
-- what is kept of it, and are worked out with the facts.

ALTER TABLE volumes ADD COLUMN label_values TEXT;  -- {"seen":[{"value":…,"voxels":…}],"others":…,…}, JSON; masks only

UPDATE volumes SET warnings = (
  SELECT json_group_array(value) FROM json_each(volumes.warnings)
  WHERE value LIKE '%bytes after the end of the gzip stream%' OR value LIKE '%It cannot be served:%'
);
