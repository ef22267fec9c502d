/** What to change in a query: a value, several of them, or null to take the parameter away. */
export type Changes = Readonly<Record<string, string | number | boolean | readonly string[] | null | undefined>>

/**
 * A query with some parameters changed. The others stay, in their order, whether we know them or not; `undefined`
 * changes nothing. A list is comma-separated in one parameter, as the API reads it.
 */
export function changed (search: URLSearchParams, changes: Changes): URLSearchParams {
  const result = new URLSearchParams(search)
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) continue
    if (value === null || value === '' || (Array.isArray(value) && value.length === 0)) result.delete(name)
    else result.set(name, String(value))
  }
  return result
}

/** The values of a parameter that is a list, repeated or comma-separated. */
export function listIn (search: URLSearchParams, name: string): string[] {
  return search.getAll(name).flatMap((part) => part.split(',')).filter((part) => part !== '')
}

/** A list with a value put in, or taken out where it was in; in the order given. */
export function toggled (values: readonly string[], value: string, order: readonly string[]): string[] {
  const set = new Set(values)
  if (!set.delete(value)) set.add(value)
  return [...order.filter((one) => set.has(one)), ...[...set].filter((one) => !order.includes(one))]
}

/** A parameter as a number; undefined where it is absent or is none. */
export function numberIn (search: URLSearchParams, name: string): number | undefined {
  const text = search.get(name)
  return text === null || text.trim() === '' || !Number.isFinite(Number(text)) ? undefined : Number(text)
}
