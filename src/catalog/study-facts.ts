/** A path into the study as the API shows it. */
const shown = (path: string) => `json_extract(facts, '$.${path}')`

/** The mm along a stored axis, from 0, as SQL. */
export const alongAxis = (axis: number) => shown(`spacing[${axis}]`)

/** … if that axis goes from the feet to the head, or back. */
const ifAxial = (axis: number) => `WHEN instr('SI', substr(${shown('axes')}, ${axis + 1}, 1)) > 0 THEN ${alongAxis(axis)}`

/**
 * Facts that studies are filtered, sorted and counted by, as SQL on the columns of `studies`; null where a study lacks
 * the fact. Those that have no column are read from what the API shows; migrations/004 has an index on each sort key,
 * to the letter.
 */
export const FACT = {
  slices: 'slices',
  lesionMl: 'lesion_ml',
  /** mm between axial slices: along the stored axis that lies closest to S–I */
  spacing: `CASE ${ifAxial(2)} ${ifAxial(1)} ${ifAxial(0)} END`,
  bytes: shown('file.bytes'),
  huMin: shown('intensity.min'),
  huMax: shown('intensity.max'),
  warned: "(json_array_length(facts, '$.warnings') > 0)",
  problem: "(status IN ('missing', 'unreadable'))"
} as const
