/**
 * A quantile of ascending values by linear interpolation: `numpy.quantile`'s default, "type 7" of Hyndman and Fan 1996.
 *
 * @param sorted ascending, at least one; infinities may stand at the end
 * @param q      0 to 1
 */
export function quantile (sorted: ArrayLike<number>, q: number): number {
  const place = (sorted.length - 1) * q
  const below = Math.floor(place)
  const [low, high] = [sorted[below]!, sorted[Math.min(below + 1, sorted.length - 1)]!]
  const part = place - below
  // Exactly at a value there is nothing to interpolate; towards infinity the result is infinite.
  if (part === 0 || low === high || high === Infinity) return part === 0 ? low : high
  // From the nearer end, as NumPy does, so that rounding misses neither end.
  return part < 0.5 ? low + (high - low) * part : high - (high - low) * (1 - part)
}
