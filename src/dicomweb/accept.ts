/** One of the media types that a client takes, with its parameters; best first. */
export interface MediaRange { type: string, parameters: Readonly<Record<string, string>> }

/**
 * What a client takes (RFC 9110, 12.5.1), best first: `accept` in the query counts instead of the header (PS3.18, 8.3.3.1).
 * Parameters may be quoted or not, as OHIF writes them both ways. What cannot be read is passed over.
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
 * Whether the client wants the bytes of one object alone: only where it names their type before any multipart. With all
 * else (a wildcard, a type that is not served) it gets multipart, which the standard's clients read.
 */
export function wantsAlone (ranges: readonly MediaRange[], type: string): boolean {
  const first = ranges.find((range) => range.type === type || range.type === 'multipart/related')
  return first !== undefined && first.type === type
}

/** The picture that is wanted: JPEG unless PNG is named first. */
export function pictureFormat (ranges: readonly MediaRange[]): 'jpeg' | 'png' {
  for (const { type } of ranges) {
    if (type === 'image/png') return 'png'
    if (type === 'image/jpeg' || type === 'image/*' || type === '*/*') return 'jpeg'
  }
  return 'jpeg'
}

/** Split where a separator stands outside quotes. */
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
