/** The value below which the share `q` (0..1) of the values lie, interpolated between neighbours; NaN of none. */
export function quantile (values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const place = (sorted.length - 1) * q
  const low = sorted[Math.floor(place)] ?? NaN
  const high = sorted[Math.ceil(place)] ?? NaN
  return low + (high - low) * (place - Math.floor(place))
}

export function median (values: readonly number[]): number {
  return quantile(values, 0.5)
}

export function p95 (values: readonly number[]): number {
  return quantile(values, 0.95)
}

/**
 * How many times better we are than the peer, round by round: a round's two figures were taken seconds
 * apart, so that whatever else the machine did then weighs on both.
 *
 * @param better 'more' for rates, 'less' for times and sizes; the ratios are above 1 where we are better
 */
export function ratios (ours: readonly number[], peer: readonly number[], better: 'more' | 'less'): number[] {
  return ours.map((value, round) => {
    const other = peer[round] ?? NaN
    return better === 'more' ? value / other : other / value
  })
}
