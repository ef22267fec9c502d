/** SQL for a path into the study as the API shows it. */
const shown = (path: string) => `json_extract(facts, '$.${path}')`

/** SQL: voxel spacing in mm along a stored axis, counted from 0. */
const alongAxis = (axis: number) => shown(`spacing[${axis}]`)

/** SQL: the spacing of a stored axis, if that axis runs along S–I. */
const ifAxial = (axis: number) => `WHEN instr('SI', substr(${shown('axes')}, ${axis + 1}, 1)) > 0 THEN ${alongAxis(axis)}`

/**
 * Numbers by which studies are filtered, sorted and counted, as SQL on the columns of `studies`; null where a study lacks
 * the fact. Facts without a column are read from the JSON the API shows. migrations/009 has an index of exactly these
 * texts, so that reading them all does not parse JSON.
 */
export const NUMBER_FACTS = {
  severity: 'severity',
  slices: 'slices',
  lesionMl: 'lesion_ml',
  lesionSlices: 'lesion_slices',
  /** of all files of the study */
  allBytes: 'all_bytes',
  /** mm between axial slices: along the stored axis closest to S–I */
  spacing: `CASE ${ifAxial(2)} ${ifAxial(1)} ${ifAxial(0)} END`,
  spacingI: alongAxis(0),
  spacingJ: alongAxis(1),
  spacingK: alongAxis(2),
  /** of the image's file */
  bytes: shown('file.bytes'),
  huMin: shown('intensity.min'),
  huMax: shown('intensity.max')
} as const
export type NumberFact = keyof typeof NUMBER_FACTS

/** SQL: whether the study has warnings. */
export const WARNED = "(json_array_length(facts, '$.warnings') > 0)"
