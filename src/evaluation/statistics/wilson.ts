import { Z } from './figure.js'
import type { Figure } from './figure.js'

/** Wilson's score interval of a share, `hits` of `n`; n > 0. @see Wilson 1927, JASA 22:209 */
export function wilsonInterval (hits: number, n: number): { low: number, high: number } {
  const p = hits / n
  const middle = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
  const half = Z * Math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
  return { low: hits === 0 ? 0 : Math.max(0, middle - half), high: hits === n ? 1 : Math.min(1, middle + half) }
}

/** `hits` of `n` as a figure. @param reason the figure's reason where n is 0 */
export function share (hits: number, n: number, reason: string): Figure {
  if (n === 0) return { value: null, low: null, high: null, n, method: 'wilson', reason }
  return { value: hits / n, ...wilsonInterval(hits, n), n, method: 'wilson' }
}
