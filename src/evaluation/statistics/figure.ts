export const METHODS = ['wilson', 'delong', 'bootstrap', 'none'] as const

/** One number with its 95 % interval, and how the interval was made. */
export interface Figure {
  /** null where it is undefined, for example where a denominator is 0; `reason` says why */
  value: number | null
  low: number | null
  high: number | null
  /** the denominator of a share, else the number of scored studies */
  n: number
  method: typeof METHODS[number]
  reason?: string
  /** for a bootstrap: resamples that do not define the metric and are left out */
  undefinedResamples?: number
}

/** Confidence level of every interval. */
export const LEVEL = 0.95

/** The normal quantile at (1 + LEVEL) / 2. */
export const Z = 1.959963984540054
