/** A query as its answer repeats it: each parameter as text, several values comma-separated. */
export function filtersAsText (query: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined).map(([name, value]) => [name, String(value)]))
}
