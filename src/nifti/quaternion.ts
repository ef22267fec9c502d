/**
 * Below this, a² of the quaternion counts as zero (a half turn): three times the machine epsilon of the stored type.
 * nibabel 5: `Nifti1Header.quaternion_threshold`, `Nifti2Header.quaternion_threshold`.
 */
const HALF_TURN = { 1: 3 * 2 ** -23, 2: 3 * 2 ** -52 } as const

/**
 * The rotation that a header's `quatern_b`, `quatern_c`, `quatern_d` give, as three rows.
 * nibabel computes it in extended precision, this function in double: the results differ only by rounding.
 *
 * @returns undefined when b² + c² + d² exceeds 1, so that no unit quaternion has these parts; NaN for NaN
 * @see nifti1.h ("QUATERNION REPRESENTATION OF ROTATION MATRIX"); nibabel `quaternions.py`, `fillpositive` and `quat2mat`
 */
export function rotationOf (b: number, c: number, d: number, version: 1 | 2): number[][] | undefined {
  const aa = 1 - (b * b + c * c + d * d)
  if (aa <= -HALF_TURN[version]) return undefined
  const a = Math.abs(aa) < HALF_TURN[version] ? 0 : Math.sqrt(aa)
  const s = 2 / (a * a + b * b + c * c + d * d)
  return [
    [1 - s * (c * c + d * d), s * (b * c - a * d), s * (b * d + a * c)],
    [s * (b * c + a * d), 1 - s * (b * b + d * d), s * (c * d - a * b)],
    [s * (b * d - a * c), s * (c * d + a * b), 1 - s * (b * b + c * c)]
  ]
}
