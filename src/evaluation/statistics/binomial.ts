/** How likely `hits` or fewer are of `n` throws of a coin, for hits < n: the terms are summed from their logarithms. */
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
 * McNemar's exact test: of the studies on which two algorithms differ, `b` are right with the first and `c` with the
 * second.
 *
 * @returns the two-sided p; 1 where they differ nowhere
 */
export function mcnemarP (b: number, c: number): number {
  return b === c ? 1 : Math.min(1, 2 * coinTail(Math.min(b, c), b + c))
}
