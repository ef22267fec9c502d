import type { Figure as FigureOf } from '../../api/evaluation.js'

/** Three digits after the point, as many as intervals are worth. */
export const decimal = (value: number | null): string => value === null ? '–' : value.toFixed(3)

/** A figure with its interval; a dash, and why, where it is not defined. */
export function Figure ({ of }: { of: FigureOf | undefined }) {
  if (of === undefined) return <span class='muted'>–</span>
  if (of.value === null) return <span class='muted' title={of.reason}>–<span class='unseen'>{of.reason}</span></span>
  return <>{decimal(of.value)}{of.low !== null && of.high !== null && <small class='interval'> {decimal(of.low)}–{decimal(of.high)}</small>}</>
}
