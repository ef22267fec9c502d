/** Fractions as float32: nibabel tells them with all digits of a float64, we with those that float32 needs. */
export function asFloat32 (fields: object): unknown {
  return JSON.parse(JSON.stringify(fields), (_, value) => typeof value === 'number' && !Number.isInteger(value) ? Math.fround(value) : value)
}
