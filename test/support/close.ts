import assert from 'node:assert/strict'

type Nested = number | readonly Nested[] | undefined

/** Assert that numbers, nested or not, agree within `tolerance`, which is relative for numbers larger than 1. */
export function close (actual: Nested, expected: Nested, tolerance = 1e-9): void {
  const [found, wanted] = [[actual].flat(9), [expected].flat(9)] as [number[], number[]]
  const near = found.length === wanted.length && wanted.every((value, n) =>
    Math.abs(found[n]! - value) <= tolerance * Math.max(1, Math.abs(value)))
  if (!near) assert.deepEqual(actual, expected, `differs by more than ${tolerance}`)
}
