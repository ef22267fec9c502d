/** The probability of `hits` or fewer heads in `n` coin tosses, hits < n; each term is computed from logarithms. */
function coinTail (hits: number, n: number): number {
  let logTerm = -n * Math.LN2
  let sum = Math.exp(logTerm)
  for (let k = 1; k <= hits; k++) {
    logTerm += Math.log((n - k + 1) / k)
    sum += Math.exp(logTerm)
  }
  return sum
}

/**
 * McNemar's exact test: of the studies on which two algorithms differ, the first is right in `b`, the second in `c`.
 *
 * @returns the two-sided p; 1 where they differ nowhere
 */
export function mcnemarP (b: number, c: number): number {
  return b === c ? 1 : Math.min(1, 2 * coinTail(Math.min(b, c), b + c))
}
