/** Indices of the values in ascending order of value; equal values keep their order. */
export function ascending (values: ArrayLike<number>): Uint32Array {
  return Uint32Array.from({ length: values.length }, (_, n) => n).sort((a, b) => values[a]! - values[b]! || a - b)
}

/** Ascending ranks from 1; equal values share their mean rank, the default of `scipy.stats.rankdata`. */
export function midranks (values: ArrayLike<number>): Float64Array {
  const order = ascending(values)
  const ranks = new Float64Array(values.length)
  for (let first = 0; first < order.length;) {
    let next = first + 1
    while (next < order.length && values[order[next]!] === values[order[first]!]) next++
    for (let n = first; n < next; n++) ranks[order[n]!] = (first + next + 1) / 2
    first = next
  }
  return ranks
}
