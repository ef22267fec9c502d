const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB']

/** 46,411 */
export const count = (value: number): string => grouped.format(value)

/** Three significant digits, without the zeros after the point: 0.625, 8, 342. */
export const short = (value: number): string => Math.abs(value) >= 1000 ? count(value) : String(Number(value.toPrecision(3)))

/** 61.6 % */
export const percent = (share: number): string => `${Number((100 * share).toFixed(1))} %`

/** 30.1 GB, in powers of 1000 */
export function bytes (value: number): string {
  const power = value < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(value) / 3))
  return `${short(value / 1000 ** power)} ${UNITS[power]!}`
}

/** 1 study, 2 studies */
export const of = (value: number, one: string, many: string): string => `${count(value)} ${value === 1 ? one : many}`
