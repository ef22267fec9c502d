/** A media type that the client accepts, with its parameters. */
export interface MediaRange { type: string, parameters: Readonly<Record<string, string>> }

/**
 * What the client accepts (RFC 9110, 12.5.1), best first. `accept` in the query replaces the header (PS3.18, 8.3.3.1).
 * Parameters may be quoted or not, because OHIF writes both. Invalid parts are ignored.
 */
export function mediaRanges (header: string | undefined, query: unknown): MediaRange[] {
  const text = typeof query === 'string' && query !== '' ? query : header ?? '*/*'
  const ranges = split(text, ',').flatMap((part, place) => {
    const [type = '', ...rest] = split(part, ';').map((piece) => piece.trim())
    if (!/^[\w!#$&^.+*-]+\/[\w!#$&^.+*-]+$/.test(type)) return []
    const parameters: Record<string, string> = {}
    for (const piece of rest) {
      const [, name, value] = /^([\w-]+)\s*=\s*(.*)$/.exec(piece) ?? []
      if (name !== undefined) parameters[name.toLowerCase()] = value!.replace(/^"(.*)"$/, '$1')
    }
    const quality = Number(parameters['q'] ?? 1)
    return [{ type: type.toLowerCase(), parameters, quality: Number.isNaN(quality) ? 1 : quality, place }]
  })
  return ranges.filter(({ quality }) => quality > 0).sort((a, b) => b.quality - a.quality || a.place - b.place)
}

/**
 * Whether the client wants the bytes of one object without multipart: only if it names their type before any multipart.
 * In all other cases (a wildcard, a type that is not served) it gets multipart, which the standard's clients can read.
 */
export function wantsAlone (ranges: readonly MediaRange[], type: string): boolean {
  const first = ranges.find((range) => range.type === type || range.type === 'multipart/related')
  return first !== undefined && first.type === type
}

/** The wanted picture format: JPEG unless PNG is named first. */
export function pictureFormat (ranges: readonly MediaRange[]): 'jpeg' | 'png' {
  for (const { type } of ranges) {
    if (type === 'image/png') return 'png'
    if (type === 'image/jpeg' || type === 'image/*' || type === '*/*') return 'jpeg'
  }
  return 'jpeg'
}

/** Split at separators outside quotes. */
function split (text: string, separator: ',' | ';'): string[] {
  const parts: string[] = ['']
  let quoted = false
  for (const character of text) {
    if (character === '"') quoted = !quoted
    if (character === separator && !quoted) parts.push('')
    else parts[parts.length - 1] += character
  }
  return parts
}
