import type { NiftiHeader } from './header.js'

/** What a text may give away. */
export type TextKind = 'a date' | 'a time' | 'a person\'s name' | 'a path' | 'an e-mail address'

/** A field of a file whose text may identify a person or a moment. The text itself is never kept. */
export interface TextFinding { field: string, what: TextKind }

/** Bytes of an extension that are looked at; longer ones are DICOM headers or XML, which begin with what identifies. */
const MOST_EXTENSION_BYTES = 2 ** 20

const PATTERNS: ReadonlyArray<readonly [what: TextKind, pattern: RegExp]> = [
  // 2020-03-05, 20200305, 5.3.2020, 5 Mar 2020
  ['a date', /(?<!\d)(?:(?:19|20)\d\d([-/.]?)(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])(?!\d)|(?:0?[1-9]|[12]\d|3[01])[./-](?:0?[1-9]|1[0-2])[./-](?:19|20)\d\d(?!\d)|(?:0?[1-9]|[12]\d|3[01])[ -](?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[ -](?:19|20)\d\d)/i],
  // 09:15, 091532.120 as DICOM writes it, Time=91532
  ['a time', /(?<![\d:])(?:[01]?\d|2[0-3]):[0-5]\d(?!\d)|(?<![\d.])(?:[01]?\d|2[0-3])[0-5]\d[0-5]\d\.\d+|\btime\s*[=:]\s*\d{4,6}(?!\d)/i],
  ['a person\'s name', /\p{L}\^\p{L}/u],
  ['a path', /(?:^|[\s"'=(:])(?:[A-Za-z]:)?[\\/][^\s\\/"']+[\\/][^\s"']|\\\\[\w.-]+\\/],
  ['an e-mail address', /[\w.+-]+@[\w-]+\.[a-z]{2,}/i]
]

/** What a text may give away, each kind once. */
export function givenAway (text: string): TextKind[] {
  return PATTERNS.filter(([, pattern]) => pattern.test(text)).map(([what]) => what)
}

/**
 * Fields of a file's head whose text may identify a person or a moment.
 *
 * @param extensions the bytes between header and voxels
 * @param fileName   the name in the gzip header; null where there is none
 */
export function identifyingTexts (header: NiftiHeader, extensions: Uint8Array, fileName: string | null): TextFinding[] {
  const { descrip, aux_file: auxFile, intent_name: intentName } = header
  const texts: Array<[field: string, text: string]> = [
    ['descrip', descrip], ['aux_file', auxFile], ['intent_name', intentName],
    ...header.version === 1 ? [['db_name', header.db_name] as [string, string]] : [],
    ...extensionTexts(extensions, header.littleEndian),
    ...fileName === null ? [] : [['gzip file name', fileName] as [string, string]]
  ]
  return texts.flatMap(([field, text]) => givenAway(text).map((what) => ({ field, what })))
}

/**
 * Extensions as text, each with its place and code. @see nifti1.h, "HEADER EXTENSIONS": four bytes say whether there are
 * any; each begins with its size, which counts these eight bytes, and its code.
 */
function extensionTexts (bytes: Uint8Array, littleEndian: boolean): Array<[field: string, text: string]> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const found: Array<[string, string]> = []
  if (bytes.length < 4 || bytes[0] === 0) return found
  for (let at = 4; at + 8 <= bytes.length;) {
    const size = view.getInt32(at, littleEndian)
    if (size < 8) break
    const content = Buffer.from(bytes.subarray(at + 8, Math.min(at + size, at + 8 + MOST_EXTENSION_BYTES)))
    found.push([`extension ${found.length + 1} (ecode ${view.getInt32(at + 4, littleEndian)})`, content.toString('latin1').replaceAll('\0', ' ')])
    at += size
  }
  return found
}
