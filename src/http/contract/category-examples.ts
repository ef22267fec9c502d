import type { Document } from './contract-parts.js'

/** The categories in the examples that schemas give: MosMedData's. */
const WRITTEN = /\bCT-([0-4])\b/g

/** Fields of a contract whose values are examples. */
const EXAMPLES = new Set(['example', 'examples'])

/**
 * Examples in the terms of the dataset that is served: its own categories in the place of MosMedData's, and null, or an
 * empty cell of a table, where it has none. Otherwise an example of a filter would be refused by the service that gives it.
 *
 * @param categories ids of the dataset's categories, in order
 */
export function withCategories (document: Document, categories: readonly string[]): Document {
  const idOf = (place: number) => categories[Math.min(place, categories.length - 1)]
  const example = (value: unknown): unknown => {
    if (typeof value === 'string') {
      const whole = /^CT-([0-4])$/.exec(value)
      if (whole !== null) return idOf(Number(whole[1])) ?? null
      return value.replaceAll(WRITTEN, (_, place: string) => idOf(Number(place)) ?? '')
    }
    if (Array.isArray(value)) {
      const made = value.map(example)
      // Two categories may have become one, or none.
      return value.some((one, n) => typeof one === 'string' && one !== made[n]) ? [...new Set(made)].filter((one) => one !== null) : made
    }
    if (value === null || typeof value !== 'object') return value
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [String(example(name)), example(one)]))
  }
  const within = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(within)
    if (node === null || typeof node !== 'object') return node
    return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, EXAMPLES.has(name) ? example(value) : within(value)]))
  }
  return within(document) as Document
}
