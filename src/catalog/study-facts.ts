/** SQL for a path into the study as the API shows it. */
const shown = (path: string) => `json_extract(facts, '$.${path}')`

/** Voxel spacing in mm along a stored axis, counted from 0, as SQL. */
export const alongAxis = (axis: number) => shown(`spacing[${axis}]`)

/** SQL: the spacing of a stored axis, if that axis runs along S–I. */
const ifAxial = (axis: number) => `WHEN instr('SI', substr(${shown('axes')}, ${axis + 1}, 1)) > 0 THEN ${alongAxis(axis)}`

/**
 * Facts by which studies are filtered, sorted and counted, as SQL on the columns of `studies`; null where a study lacks
 * the fact. Facts without a column are read from the JSON the API shows. migrations/004 has an index on exactly the
 * text of each sort key.
 */
export const FACT = {
  slices: 'slices',
  lesionMl: 'lesion_ml',
  /** mm between axial slices: along the stored axis closest to S–I */
  spacing: `CASE ${ifAxial(2)} ${ifAxial(1)} ${ifAxial(0)} END`,
  bytes: shown('file.bytes'),
  huMin: shown('intensity.min'),
  huMax: shown('intensity.max'),
  warned: "(json_array_length(facts, '$.warnings') > 0)",
  problem: "(status IN ('missing', 'unreadable'))"
} as const
