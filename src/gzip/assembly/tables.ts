/**
 * The decoding tables of DEFLATE's Huffman codes (RFC 1951, 3.2), for inflate.ts: what an entry means, and how a table
 * is built. The layout follows Eric Biggers' libdeflate (lib/deflate_decompress.c).
 */

// The next bits of the input select an entry. Its low byte is how many bits to drop (code and extra bits together).
//   literals     bit 31; one byte in bits 8..15, or two, the second in bits 16..23; how many in bits 24..25
//   short match  bit 30; a length of 3 to 10, whose code has no extra bits, in bits 16..23; if bit 24 is set, the literal
//                in bits 8..15 comes first
//   match        length or distance base in bits 16..30; 63 less the number of extra bits in bits 8..13
//   special      bit 15, with bit 13: end of block; with bit 14: continue in the sub-table that begins at the entry that
//                bits 16..30 give, indexed by as many bits as bits 8..12 say; with neither: no such code
// One entry stands for two codes where both fit, which halves the steps of the busiest loop. Bits 26..29 of the first
// two kinds say how many bits the first code has.
const LITERALS_ONLY: u32 = 1 << 31
export const SHORT_MATCH: u32 = 1 << 30
const ONE_LITERAL: u32 = 1 << 24
const TWO_LITERALS: u32 = 2 << 24
export const SPECIAL: u32 = 1 << 15
export const SUBTABLE: u32 = 1 << 14
export const END_OF_BLOCK: u32 = 1 << 13

export const LITERAL_BITS: u32 = 12
export const LITERAL_MASK: u32 = (1 << LITERAL_BITS) - 1
export const DISTANCE_BITS: u32 = 8
export const DISTANCE_MASK: u32 = (1 << DISTANCE_BITS) - 1
const LENGTHS_BITS: u32 = 7
// The most entries needed for complete codes of 288 and 32 symbols, up to 15 bits long, with roots of 12 and 8 bits
// (zlib's examples/enough.c); and 128 for the code of the code lengths, which has no sub-tables.
const LITERAL_ENTRIES: i32 = 4382
const DISTANCE_ENTRIES: i32 = 402
export const LENGTHS_ENTRIES: i32 = 128

export const literalTable: usize = memory.data(LITERAL_ENTRIES * 4, 16)
export const distanceTable: usize = memory.data(DISTANCE_ENTRIES * 4, 16)
export const lengthsTable: usize = memory.data(LENGTHS_ENTRIES * 4, 16)
/** code lengths of a block: 288 literals and lengths, then 32 distances */
export const codeLengths: usize = memory.data(320, 16)
const sortedSymbols: usize = memory.data(288 * 2, 16)
/** entries and code words of the codes that fit the root, in the order of sortedSymbols */
const sortedEntries: usize = memory.data(288 * 8, 16)
const lengthCounts: usize = memory.data(16 * 4, 16)
/** how many codes of each length belong to literals */
const literalCounts: usize = memory.data(16 * 4, 16)
const symbolOffsets: usize = memory.data(16 * 4, 16)

// RFC 1951, 3.2.5: base and extra bits of length symbols 257..285 and of distance symbols 0..29.
const lengthBases: usize = memory.data<u16>([3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258])
const lengthExtras: usize = memory.data<u8>([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0])
const distanceBases: usize = memory.data<u16>([1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577])
const distanceExtras: usize = memory.data<u8>([0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13])
const LITERALS: i32 = 0
const DISTANCES: i32 = 1
const LENGTHS: i32 = 2

/** A symbol's entry; its code has `bits` more bits to drop. */
// @ts-ignore: decorator
@inline
function entryOf (kind: i32, symbol: u32, bits: u32): u32 {
  if (kind == LENGTHS) return symbol << 16 | bits
  if (kind == DISTANCES) {
    if (symbol >= 30) return SPECIAL | bits
    const extra: u32 = load<u8>(distanceExtras + symbol)
    return (load<u16>(distanceBases + (symbol << 1)) as u32) << 16 | (63 - extra) << 8 | (bits + extra)
  }
  if (symbol < 256) return LITERALS_ONLY | ONE_LITERAL | bits << 26 | symbol << 8 | bits
  if (symbol == 256) return SPECIAL | END_OF_BLOCK | bits
  if (symbol >= 286) return SPECIAL | bits
  const extra: u32 = load<u8>(lengthExtras + symbol - 257)
  const match = (load<u16>(lengthBases + ((symbol - 257) << 1)) as u32) << 16 | (63 - extra) << 8 | (bits + extra)
  return symbol < 265 ? SHORT_MATCH | bits << 26 | match : match
}

/** The code word after `code`, of `length` bits. Both have their first bit lowest, as DEFLATE sends them. */
// @ts-ignore: decorator
@inline
function nextCode (code: u32, length: u32): u32 {
  const zeros = ~code & ((1 << length) - 1)
  if (zeros == 0) return 0
  const highest: u32 = 1 << (31 - clz<u32>(zeros))
  return (code & (highest - 1)) | highest
}

/**
 * Builds the decoding table of a canonical code (RFC 1951, 3.2.2) from its code lengths.
 *
 * @returns whether the code is valid: complete, or one literal or distance of one bit, or no distance at all
 */
function build (table: usize, rootBits: u32, kind: i32, lengths: usize, symbols: u32): bool {
  countLengths(lengthCounts, lengths, symbols)
  let longest: u32 = 15
  while (longest > 0 && load<u32>(lengthCounts + (longest << 2)) == 0) longest--
  let left: i32 = 1
  let offset: u32 = 0
  store<u32>(symbolOffsets, 0)
  for (let length: u32 = 1; length <= 15; length++) {
    const count = load<u32>(lengthCounts + (length << 2))
    left = (left << 1) - (count as i32)
    if (left < 0) return false
    store<u32>(symbolOffsets + (length << 2), offset)
    offset += count
  }
  if (left > 0) {
    if (kind == LENGTHS || longest > 1) return false
    if (longest == 0 && kind != DISTANCES) return false
    // A bit pattern without a code is an error only when it occurs in the input.
    store<u32>(table, SPECIAL)
  }
  for (let n: u32 = 0; n < symbols; n++) {
    const length: u32 = load<u8>(lengths + n)
    if (length == 0) continue
    const at = symbolOffsets + (length << 2)
    const place = load<u32>(at)
    store<u16>(sortedSymbols + (place << 1), n as u16)
    store<u32>(at, place + 1)
  }

  if (kind == LITERALS) countLengths(literalCounts, lengths, 256)
  let code: u32 = 0
  let sorted = sortedSymbols
  let entries = sortedEntries
  for (let length: u32 = 1; length <= rootBits; length++) {
    // A code shorter than the index has the same entry whatever the next bit is.
    copyEntries(table, 1 << (length - 1))
    for (let count = load<u32>(lengthCounts + (length << 2)); count > 0; count--) {
      const entry = entryOf(kind, load<u16>(sorted), length)
      store<u32>(table + (code << 2), entry)
      store<u32>(entries, entry)
      store<u32>(entries + 4, code)
      sorted += 2
      entries += 8
      code = nextCode(code, length)
    }
    if (kind == LITERALS) combine(table, length)
  }
  if (longest > rootBits) buildSubtables(table, rootBits, kind, code, sorted, longest)
  return true
}

/** Doubles a table of `size` entries. */
// @ts-ignore: decorator
@inline
function copyEntries (table: usize, size: u32): void {
  const bytes: usize = size << 2
  if (size < 4) {
    for (let n: usize = 0; n < bytes; n += 4) store<u32>(table + bytes + n, load<u32>(table + n))
  } else {
    for (let n: usize = 0; n < bytes; n += 16) v128.store(table + bytes + n, v128.load(table + n))
  }
}

/** Counts the symbols of each code length. */
function countLengths (counts: usize, lengths: usize, symbols: u32): void {
  memory.fill(counts, 0, 64)
  for (let n: u32 = 0; n < symbols; n++) {
    const at = counts + ((load<u8>(lengths + n) as usize) << 2)
    store<u32>(at, load<u32>(at) + 1)
  }
}

/** Fills in entries of a literal and the next code (a literal or a short match) that take `length` bits together. */
function combine (table: usize, length: u32): void {
  for (let first: u32 = 1; first < length; first++) {
    const second = length - first
    const literals = load<u32>(literalCounts + (first << 2))
    const seconds = load<u32>(lengthCounts + (second << 2))
    if (literals == 0 || seconds == 0) continue
    // Among codes of equal length, literals come first.
    const firstFrom = entriesOf(first)
    const firstEnd = firstFrom + (literals << 3)
    const secondFrom = entriesOf(second)
    const secondEnd = secondFrom + (seconds << 3)
    for (let one = firstFrom; one < firstEnd; one += 8) {
      const both = load<u32>(one) & 0xff00 | first << 26 | length
      const at = table + (load<u32>(one + 4) << 2)
      for (let other = secondFrom; other < secondEnd; other += 8) {
        const entry = load<u32>(other)
        const place = at + (load<u32>(other + 4) << first << 2)
        if ((entry & LITERALS_ONLY) != 0) store<u32>(place, LITERALS_ONLY | TWO_LITERALS | (entry & 0xff00) << 8 | both)
        else if ((entry & SHORT_MATCH) != 0) store<u32>(place, SHORT_MATCH | ONE_LITERAL | entry & 0xff0000 | both)
      }
    }
  }
}

/** Index in sortedEntries where a code length begins. Once the symbols are sorted, symbolOffsets gives where it ends. */
// @ts-ignore: decorator
@inline
function entriesOf (length: u32): usize {
  return sortedEntries + ((load<u32>(symbolOffsets + (length << 2)) - load<u32>(lengthCounts + (length << 2))) << 3)
}

/** Builds a sub-table per root index for codes longer than the root, from `code` on; its longest code sets its size. */
function buildSubtables (table: usize, rootBits: u32, kind: i32, code: u32, sorted: usize, longest: u32): void {
  const rootSize: u32 = 1 << rootBits
  let end = rootSize
  let root: u32 = 0xffffffff
  let subStart: u32 = 0
  let subBits: u32 = 0
  for (let length = rootBits + 1; length <= longest; length++) {
    for (let count = load<u32>(lengthCounts + (length << 2)); count > 0; count--) {
      if ((code & (rootSize - 1)) != root) {
        root = code & (rootSize - 1)
        subStart = end
        subBits = length - rootBits
        let room: i32 = (1 << subBits) - (count as i32)
        while (room > 0) {
          subBits++
          room = (room << 1) - (load<u32>(lengthCounts + ((rootBits + subBits) << 2)) as i32)
        }
        end += 1 << subBits
        store<u32>(table + (root << 2), subStart << 16 | SPECIAL | SUBTABLE | subBits << 8 | rootBits)
      }
      const entry = entryOf(kind, load<u16>(sorted), length - rootBits)
      sorted += 2
      for (let n = code >> rootBits; n < ((1 << subBits) as u32); n += 1 << (length - rootBits)) store<u32>(table + ((subStart + n) << 2), entry)
      code = nextCode(code, length)
    }
  }
}

/** Builds the table of a block's literals and lengths; false when the code lengths are not a valid code. */
export function buildLiterals (lengths: usize, symbols: u32): bool {
  return build(literalTable, LITERAL_BITS, LITERALS, lengths, symbols)
}

/** Builds the table of a block's distances; false when the code lengths are not a valid code. */
export function buildDistances (lengths: usize, symbols: u32): bool {
  return build(distanceTable, DISTANCE_BITS, DISTANCES, lengths, symbols)
}

/** Builds the table of the code that a block's code lengths are sent in; false when its own lengths are not a valid code. */
export function buildLengths (lengths: usize, symbols: u32): bool {
  return build(lengthsTable, LENGTHS_BITS, LENGTHS, lengths, symbols)
}

/** Builds the tables for a block of fixed codes (RFC 1951, 3.2.6). */
export function buildFixed (): void {
  memory.fill(codeLengths, 8, 144)
  memory.fill(codeLengths + 144, 9, 112)
  memory.fill(codeLengths + 256, 7, 24)
  memory.fill(codeLengths + 280, 8, 8)
  buildLiterals(codeLengths, 288)
  memory.fill(codeLengths, 5, 32)
  buildDistances(codeLengths, 32)
}

/** Whether an entry stands for literals only. */
// @ts-ignore: decorator
@inline
export function isLiteralsOnly (entry: u32): bool {
  return (entry as i32) < 0 // bit 31
}

/** Whether the first code of an entry is a literal. */
// @ts-ignore: decorator
@inline
export function beginsWithLiteral (entry: u32): bool {
  return isLiteralsOnly(entry) || (entry & (SHORT_MATCH | ONE_LITERAL)) == (SHORT_MATCH | ONE_LITERAL)
}

/** The entry in the sub-table that `entry` leads to; `bits` begins after the bits that `entry` drops. */
// @ts-ignore: decorator
@inline
export function entryBelow (table: usize, entry: u32, bits: u64): u32 {
  return load<u32>(table + (((entry >> 16) + ((bits as u32) & ((1 << (entry >> 8 & 31)) - 1))) << 2))
}

/** The match length in an entry that has no literal, without its extra bits. */
// @ts-ignore: decorator
@inline
export function lengthBase (entry: u32): u32 {
  return entry >> 16 & 0x1ff
}

/** The extra bits of a match's entry: the last of the bits it drops. The stream's next bit is bit `shift` of `bits`. */
// @ts-ignore: decorator
@inline
export function extraBits (bits: u64, entry: u32, shift: u64): u32 {
  // Shifts count modulo 64, so a shift by 64 would do nothing. With no extra bits, shifting by 1 and then 63 gives the 0.
  return (bits << (0 - shift - (entry as u64)) >> 1 >> ((entry >> 8) as u64)) as u32
}
