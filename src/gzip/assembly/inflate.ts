/**
 * DEFLATE (RFC 1951), decoded in WebAssembly: AssemblyScript, compiled by `npm run wasm` into ../inflate-wasm.ts.
 *
 * What node:zlib cannot do and random access needs: begin at any bit, with the output before it already in place; stop
 * at any block or after any number of bytes; say to the bit where. All memory is the caller's: he puts compressed bytes
 * in, leaves up to 32 KiB of history before the place where output is to go, and calls `run`. How the tables are laid
 * out and when bits are refilled follows Eric Biggers' libdeflate (lib/deflate_decompress.c); errors are called what
 * zlib calls them (inflate.c, inffast.c, inftrees.c), by number.
 */

// What `run` returns; anything from ERROR on is an error. ../inflater.ts has the same table.
const NEEDS_INPUT: i32 = 0
const OUTPUT_FULL: i32 = 1
const BLOCK_ENDED: i32 = 2
const STREAM_ENDED: i32 = 3
const BAD_BLOCK_TYPE: i32 = 4
const BAD_STORED_LENGTHS: i32 = 5
const TOO_MANY_SYMBOLS: i32 = 6
const BAD_CODE_LENGTHS: i32 = 7
const BAD_REPEAT: i32 = 8
const NO_END_OF_BLOCK: i32 = 9
const BAD_LITERAL_SET: i32 = 10
const BAD_DISTANCE_SET: i32 = 11
const BAD_LITERAL_CODE: i32 = 12
const BAD_DISTANCE_CODE: i32 = 13
const TOO_FAR_BACK: i32 = 14

// Where the decoder is in the stream.
const AT_HEADER: i32 = 0
const IN_STORED: i32 = 1
const IN_CODES: i32 = 2

let state: i32 = AT_HEADER
let isLastBlock: bool = false
let storedLeft: u32 = 0
let tablesAreFixed: bool = false

/** Where the next bit of the input is, counted from address 0; set by the caller, and by `run` when it returns. */
export let bitPosition: u32 = 0
/** Address behind the last byte put out; set by the caller, and by `run` when it returns. */
export let outPosition: usize = 0

/**
 * Bytes behind the input that are read and not used, and behind the output limit that may be written: a match is as
 * long as 258, and is copied in words.
 */
export const SLACK: i32 = 320

/** Address from which on memory is the caller's. */
export function freeFrom (): usize {
  return __heap_base
}

// --- Tables -------------------------------------------------------------------------------------------------------
// An entry answers the next bits of the input. Its low byte is how many bits to drop (codes and extra bits together).
//   literals     bit 31; one byte in bits 8..15, or two, the second in bits 16..23; how many in bits 24..25
//   short match  bit 30; a length of 3 to 10, whose code has no extra bits, in bits 16..23; before it comes the literal in
//                bits 8..15 if bit 24 is set
//   match        length or distance base in bits 16..30; 63 less the number of extra bits in bits 8..13
//   special      bit 15, and bit 13: end of block; bit 14: go on in the sub-table that begins at entry bits 16..30, with
//                as many bits as bits 8..12 say; none of both: no such code
// One answer for two codes where both fit: half the steps where it matters. Bits 26..29 of the first two kinds say how
// many bits the first code has.
const LITERALS_ONLY: u32 = 1 << 31
const SHORT_MATCH: u32 = 1 << 30
const ONE_LITERAL: u32 = 1 << 24
const TWO_LITERALS: u32 = 2 << 24
const SPECIAL: u32 = 1 << 15
const SUBTABLE: u32 = 1 << 14
const END_OF_BLOCK: u32 = 1 << 13

const LITERAL_BITS: u32 = 12
const LITERAL_MASK: u32 = (1 << LITERAL_BITS) - 1
const DISTANCE_BITS: u32 = 8
const DISTANCE_MASK: u32 = (1 << DISTANCE_BITS) - 1
const LENGTHS_BITS: u32 = 7
// The most entries that complete codes of 288 and 32 symbols, up to 15 bits, can take with roots of 12 and 8 bits
// (zlib's examples/enough.c), and 128 for the code lengths' own code, which has no sub-tables.
const LITERAL_ENTRIES: i32 = 4382
const DISTANCE_ENTRIES: i32 = 402
const LENGTHS_ENTRIES: i32 = 128

const literalTable: usize = memory.data(LITERAL_ENTRIES * 4, 16)
const distanceTable: usize = memory.data(DISTANCE_ENTRIES * 4, 16)
const lengthsTable: usize = memory.data(LENGTHS_ENTRIES * 4, 16)
/** code lengths of a block: 288 literals and lengths, then 32 distances */
const codeLengths: usize = memory.data(320, 16)
const sortedSymbols: usize = memory.data(288 * 2, 16)
/** entries and code words of the codes that fit the root, in the order of sortedSymbols */
const sortedEntries: usize = memory.data(288 * 8, 16)
const lengthCounts: usize = memory.data(16 * 4, 16)
/** of the codes of each length, how many are literals' */
const literalCounts: usize = memory.data(16 * 4, 16)
const symbolOffsets: usize = memory.data(16 * 4, 16)

// RFC 1951, 3.2.5: base and extra bits of length symbols 257..285 and of distance symbols 0..29.
const lengthBases: usize = memory.data<u16>([3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258])
const lengthExtras: usize = memory.data<u8>([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0])
const distanceBases: usize = memory.data<u16>([1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577])
const distanceExtras: usize = memory.data<u8>([0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13])
/** RFC 1951, 3.2.7: the order in which the lengths of the code length code are sent */
const lengthsOrder: usize = memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15])

/** which of the last `distance` bytes (a row of 16 for each distance below 16) come next, over and over */
const repeats: usize = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1,
  0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0,
  0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3,
  0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0,
  0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5, 0, 1, 2, 3,
  0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1,
  0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 6,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0, 1, 2, 3, 4,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0, 1, 2, 3,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0, 1, 2,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 0, 1,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0
])
/** how many of those 16 are whole repeats */
const wholeRepeats: usize = memory.data<u8>([0, 16, 16, 15, 16, 15, 12, 14, 16, 9, 10, 11, 12, 13, 14, 15])

const LITERALS: i32 = 0
const DISTANCES: i32 = 1
const LENGTHS: i32 = 2

/** The entry of a symbol whose code has `bits` more bits to drop. */
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

/** The code word after `code` of `length` bits, both with their first bit lowest, as DEFLATE sends them. */
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
 * @returns whether it is a code: complete, or a single literal or distance of one bit, or no distance at all
 */
function build (table: usize, rootBits: u32, kind: i32, lengths: usize, symbols: u32): bool {
  memory.fill(lengthCounts, 0, 64)
  for (let n: u32 = 0; n < symbols; n++) {
    const at = lengthCounts + ((load<u8>(lengths + n) as usize) << 2)
    store<u32>(at, load<u32>(at) + 1)
  }
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
    // What has no code is an error when it is met, and not before.
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

  if (kind == LITERALS) countLiterals(lengths)

  let code: u32 = 0
  let sorted = sortedSymbols
  let entries = sortedEntries
  for (let length: u32 = 1; length <= rootBits; length++) {
    // What fewer bits decide is so whatever the next bit is.
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

function countLiterals (lengths: usize): void {
  memory.fill(literalCounts, 0, 64)
  for (let n: u32 = 0; n < 256; n++) {
    const at = literalCounts + ((load<u8>(lengths + n) as usize) << 2)
    store<u32>(at, load<u32>(at) + 1)
  }
}

/** The entries of a literal and what comes behind it, another one or a short match, that take `length` bits together. */
function combine (table: usize, length: u32): void {
  for (let first: u32 = 1; first < length; first++) {
    const second = length - first
    const literals = load<u32>(literalCounts + (first << 2))
    const seconds = load<u32>(lengthCounts + (second << 2))
    if (literals == 0 || seconds == 0) continue
    // Among codes of one length literals come first.
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

/** Where in sortedEntries those of a code length begin: symbolOffsets says where they end, once the symbols are sorted. */
// @ts-ignore: decorator
@inline
function entriesOf (length: u32): usize {
  return sortedEntries + ((load<u32>(symbolOffsets + (length << 2)) - load<u32>(lengthCounts + (length << 2))) << 3)
}

/** The codes longer than the root, from `code` on: a sub-table for each root index, as large as the longest code in it can need. */
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

// --- Blocks -------------------------------------------------------------------------------------------------------

/** Begin at a block's first bit: of a member, or at an access point. */
export function reset (): void {
  state = AT_HEADER
  isLastBlock = false
}

/**
 * Decode until something is to be decided: a block has ended, the input is used up, or there is enough output.
 *
 * @param inEnd   address behind the last input byte; SLACK bytes behind it must be readable
 * @param outFrom address of the first byte that matches may refer to
 * @param outEnd  enough output: at least up to here is written, if the input has it, and up to SLACK bytes more
 * @returns one of the numbers above; after an error nothing but `reset` makes sense
 */
export function run (inEnd: usize, outFrom: usize, outEnd: usize): i32 {
  if (state == AT_HEADER) {
    const status = readHeader(inEnd)
    if (status != OUTPUT_FULL) return status
  }
  return state == IN_STORED ? copyStored(inEnd, outEnd) : decodeCodes(inEnd, outFrom, outEnd)
}

// @ts-ignore: decorator
@inline
function bitsAt (position: u64): u64 {
  return load<u64>((position >> 3) as usize) >> (position & 7)
}

/** Read a block's header; OUTPUT_FULL stands for "go on". The position only moves when all of it was there. */
function readHeader (inEnd: usize): i32 {
  const end = (inEnd as u64) << 3
  let position: u64 = bitPosition
  if (position + 3 > end) return NEEDS_INPUT
  const bits = bitsAt(position) as u32
  const isLast = (bits & 1) != 0
  const type = bits >> 1 & 3
  position += 3
  if (type == 0) {
    position = (position + 7) & ~(7 as u64)
    if (position + 32 > end) return NEEDS_INPUT
    const lengths = load<u32>((position >> 3) as usize)
    if ((lengths & 0xffff) != (lengths >> 16 ^ 0xffff)) return BAD_STORED_LENGTHS
    storedLeft = lengths & 0xffff
    state = IN_STORED
    position += 32
  } else if (type == 1) {
    if (!tablesAreFixed) buildFixed()
    state = IN_CODES
  } else if (type == 2) {
    bitPosition = position as u32
    const status = readTables(end)
    if (status != OUTPUT_FULL) {
      bitPosition = (position - 3) as u32
      return status
    }
    position = bitPosition
    state = IN_CODES
  } else {
    return BAD_BLOCK_TYPE
  }
  isLastBlock = isLast
  bitPosition = position as u32
  return OUTPUT_FULL
}

/** RFC 1951, 3.2.6 */
function buildFixed (): void {
  memory.fill(codeLengths, 8, 144)
  memory.fill(codeLengths + 144, 9, 112)
  memory.fill(codeLengths + 256, 7, 24)
  memory.fill(codeLengths + 280, 8, 8)
  build(literalTable, LITERAL_BITS, LITERALS, codeLengths, 288)
  memory.fill(codeLengths, 5, 32)
  build(distanceTable, DISTANCE_BITS, DISTANCES, codeLengths, 32)
  tablesAreFixed = true
}

/** RFC 1951, 3.2.7; moves `bitPosition` behind the tables. */
function readTables (end: u64): i32 {
  let position: u64 = bitPosition
  if (position + 14 > end) return NEEDS_INPUT
  const bits = bitsAt(position) as u32
  const literals: u32 = 257 + (bits & 31)
  const distances: u32 = 1 + (bits >> 5 & 31)
  const ordered: u32 = 4 + (bits >> 10 & 15)
  position += 14
  if (literals > 286 || distances > 30) return TOO_MANY_SYMBOLS
  if (position + 3 * ordered > end) return NEEDS_INPUT
  tablesAreFixed = false
  memory.fill(codeLengths, 0, 19)
  for (let n: u32 = 0; n < ordered; n++) {
    store<u8>(codeLengths + load<u8>(lengthsOrder + n), (bitsAt(position) & 7) as u8)
    position += 3
  }
  if (!build(lengthsTable, LENGTHS_BITS, LENGTHS, codeLengths, 19)) return BAD_CODE_LENGTHS
  const total: u32 = literals + distances
  let n: u32 = 0
  while (n < total) {
    const next = bitsAt(position) as u32
    const entry = load<u32>(lengthsTable + ((next & (LENGTHS_ENTRIES - 1)) << 2))
    const symbol = entry >> 16
    const bits = entry & 0xff
    let length: u32 = symbol
    let repeats: u32 = 1
    let extra: u32 = 0
    if (symbol > 15) {
      if (symbol == 16) {
        extra = 2
        repeats = 3 + (next >> bits & 3)
        length = n == 0 ? 0 : load<u8>(codeLengths + n - 1)
      } else if (symbol == 17) {
        extra = 3
        repeats = 3 + (next >> bits & 7)
        length = 0
      } else {
        extra = 7
        repeats = 11 + (next >> bits & 127)
        length = 0
      }
    }
    position += bits + extra
    if (position > end) return NEEDS_INPUT
    if (symbol == 16 && n == 0 || n + repeats > total) return BAD_REPEAT
    memory.fill(codeLengths + n, length as u8, repeats)
    n += repeats
  }
  if (load<u8>(codeLengths + 256) == 0) return NO_END_OF_BLOCK
  if (!build(literalTable, LITERAL_BITS, LITERALS, codeLengths, literals)) return BAD_LITERAL_SET
  if (!build(distanceTable, DISTANCE_BITS, DISTANCES, codeLengths + literals, distances)) return BAD_DISTANCE_SET
  bitPosition = position as u32
  return OUTPUT_FULL
}

function endBlock (): i32 {
  state = AT_HEADER
  return isLastBlock ? STREAM_ENDED : BLOCK_ENDED
}

function copyStored (inEnd: usize, outEnd: usize): i32 {
  if (storedLeft == 0) return endBlock()
  const from = (bitPosition >> 3) as usize
  const room: u32 = outEnd > outPosition ? (outEnd - outPosition) as u32 : 0
  const length = min(storedLeft, min((inEnd - from) as u32, room))
  memory.copy(outPosition, from, length)
  outPosition += length
  bitPosition += length << 3
  storedLeft -= length
  if (storedLeft == 0) return endBlock()
  return outPosition >= outEnd ? OUTPUT_FULL : NEEDS_INPUT
}

/**
 * Copy a match of `length` bytes from `distance` back; may write up to 15 bytes more than that. What is nearer than 16 bytes
 * repeats itself: a pattern of as many whole repeats as fit is made once.
 */
// @ts-ignore: decorator
@inline
function copyMatch (out: usize, distance: usize, length: usize): void {
  const end = out + length
  let to = out
  if (distance >= 16) {
    let from = out - distance
    do {
      v128.store(to, v128.load(from))
      from += 16
      to += 16
    } while (to < end)
  } else {
    const pattern = v128.swizzle(v128.load(out - distance), v128.load(repeats + (distance << 4)))
    const step: usize = load<u8>(wholeRepeats + distance)
    do {
      v128.store(to, pattern)
      to += step
    } while (to < end)
  }
}

/** Length of a match without its extra bits, of an entry without a literal. */
// @ts-ignore: decorator
@inline
function lengthBase (entry: u32): u32 {
  return entry >> 16 & 0x1ff
}

/** The extra bits of a match's entry, which end with the bits that it drops; the stream's next bit is bit `shift` of `bits`. */
// @ts-ignore: decorator
@inline
function extraBits (bits: u64, entry: u32, shift: u64): u32 {
  // Shifts count modulo 64. By 1 and the rest, because there may be none, and a shift by 64 would be none.
  return (bits << (0 - shift - (entry as u64)) >> 1 >> ((entry >> 8) as u64)) as u32
}

/** The symbols of a block. Every symbol counts only when all its bits were there. */
function decodeCodes (inEnd: usize, outFrom: usize, outEnd: usize): i32 {
  let out = outPosition
  let position: u64 = bitPosition
  // While the next word lies wholly within the input, no bit needs to be counted against its end.
  if (inEnd >= 32) {
    let next = (position >> 3) as usize
    const fastEnd = inEnd - 24
    if (next < fastEnd && out < outEnd) {
      let bits = load<u64>(next) >> (position & 7) << 2
      next += 7
      // Bit 0 of the stream is bit 2 of `bits`, so that a mask alone makes a table's address of it. The low six bits of
      // `have` count the bits up to which `bits` is vouched for; more may be there already, and are loaded again. What is
      // above those six is of no account, so that whole entries can be subtracted.
      let have: u64 = 58 - (position & 7)
      bits |= load<u64>(next) << have
      next += 7 - (have as usize >> 3 & 7)
      have |= 56
      do {
        // Refilled: 54 bits at least. Two answers of the root and then the longest code with its extra bits take
        // 2 × 12 + 15 + 5 = 44.
        let entry = load<u32>((bits as u32) & LITERAL_MASK << 2, literalTable)
        let before = bits
        bits >>= entry as u64
        have -= entry
        if ((entry as i32) < 0) {
          store<u16>(out, (entry >> 8) as u16)
          out += entry >> 24 & 3
          entry = load<u32>((bits as u32) & LITERAL_MASK << 2, literalTable)
          before = bits
          bits >>= entry as u64
          have -= entry
          if ((entry as i32) < 0) {
            store<u16>(out, (entry >> 8) as u16)
            out += entry >> 24 & 3
            bits |= load<u64>(next) << have
            next += ~(have as usize) >> 3 & 7
            have |= 56
            continue
          }
        }
        let length: u32
        if ((entry & SHORT_MATCH) != 0) {
          store<u8>(out, (entry >> 8) as u8)
          out += entry >> 24 & 1
          length = entry >> 16 & 0xff
        } else {
          if ((entry & SPECIAL) != 0) {
            if ((entry & SUBTABLE) != 0) {
              entry = load<u32>(((entry >> 16) + (((bits >> 2) as u32) & ((1 << (entry >> 8 & 31)) - 1))) << 2, literalTable)
              before = bits
              bits >>= entry as u64
              have -= entry
              if ((entry as i32) < 0) {
                store<u16>(out, (entry >> 8) as u16)
                out += entry >> 24 & 3
                bits |= load<u64>(next) << have
                next += ~(have as usize) >> 3 & 7
                have |= 56
                continue
              }
            }
            if ((entry & SPECIAL) != 0) {
              outPosition = out
              bitPosition = ((next << 3) as u32) - ((have & 63) as u32 - 2)
              return (entry & END_OF_BLOCK) != 0 ? endBlock() : BAD_LITERAL_CODE
            }
          }
          length = lengthBase(entry) + extraBits(before, entry, 2)
        }
        // The longest distance takes 15 + 13 bits. Mostly they are there.
        if ((have & 63) < 30) {
          bits |= load<u64>(next) << have
          next += ~(have as usize) >> 3 & 7
          have |= 56
        }
        entry = load<u32>((bits as u32) & DISTANCE_MASK << 2, distanceTable)
        if ((entry & SPECIAL) != 0) {
          if ((entry & SUBTABLE) != 0) {
            bits >>= DISTANCE_BITS as u64
            have -= DISTANCE_BITS
            entry = load<u32>(((entry >> 16) + (((bits >> 2) as u32) & ((1 << (entry >> 8 & 31)) - 1))) << 2, distanceTable)
          }
          if ((entry & SPECIAL) != 0) {
            outPosition = out
            bitPosition = ((next << 3) as u32) - ((have & 63) as u32 - 2)
            return BAD_DISTANCE_CODE
          }
        }
        const distance = (entry >> 16) + extraBits(bits, entry, 2)
        bits >>= entry as u64
        have -= entry
        if ((distance as usize) > out - outFrom) {
          outPosition = out
          bitPosition = ((next << 3) as u32) - ((have & 63) as u32 - 2)
          return TOO_FAR_BACK
        }
        bits |= load<u64>(next) << have
        next += ~(have as usize) >> 3 & 7
        have |= 56
        // Nearly all matches: one load and one store, and no loop.
        if (distance >= 16 && length <= 16) v128.store(out, v128.load(out - distance))
        else copyMatch(out, distance, length)
        out += length
      } while (next < fastEnd && out < outEnd)
      position = ((next as u64) << 3) - ((have & 63) - 2)
    }
  }
  return decodeTail(position, inEnd, out, outFrom, outEnd)
}

/** Symbol by symbol, near the end of the input: bits behind it are read as they come, and no symbol may need them. */
function decodeTail (start: u64, inEnd: usize, outStart: usize, outFrom: usize, outEnd: usize): i32 {
  const end = (inEnd as u64) << 3
  let position = start
  let out = outStart
  let status = OUTPUT_FULL
  while (out < outEnd) {
    let bits = bitsAt(position)
    let taken: u64 = 0
    let entry = load<u32>(((bits as u32) & LITERAL_MASK) << 2, literalTable)
    if ((entry & (LITERALS_ONLY | SHORT_MATCH | SUBTABLE | SPECIAL)) == (SPECIAL | SUBTABLE)) {
      taken = LITERAL_BITS
      entry = load<u32>(((entry >> 16) + (((bits >> taken) as u32) & ((1 << (entry >> 8 & 31)) - 1))) << 2, literalTable)
    }
    if ((entry & LITERALS_ONLY) != 0 || (entry & (SHORT_MATCH | ONE_LITERAL)) == (SHORT_MATCH | ONE_LITERAL)) {
      const first = taken + (entry >> 26 & 15)
      if (position + first > end) {
        status = NEEDS_INPUT
        break
      }
      store<u8>(out++, (entry >> 8) as u8)
      position += first
      continue
    }
    const dropped: u64 = entry & 0xff
    if (position + taken + dropped > end) {
      status = NEEDS_INPUT
      break
    }
    if ((entry & SPECIAL) != 0) {
      if ((entry & END_OF_BLOCK) != 0) {
        position += taken + dropped
        status = endBlock()
      } else {
        // A code that is not there may only seem so for want of bits.
        status = position + 15 > end ? NEEDS_INPUT : BAD_LITERAL_CODE
      }
      break
    }
    const length = lengthBase(entry) + extraBits(bits >> taken, entry, 0)
    let at = position + taken + dropped
    bits = bitsAt(at)
    taken = 0
    entry = load<u32>(((bits as u32) & DISTANCE_MASK) << 2, distanceTable)
    if ((entry & (SUBTABLE | SPECIAL)) == (SPECIAL | SUBTABLE)) {
      taken = DISTANCE_BITS
      entry = load<u32>(((entry >> 16) + (((bits >> taken) as u32) & ((1 << (entry >> 8 & 31)) - 1))) << 2, distanceTable)
    }
    if ((entry & SPECIAL) != 0) {
      status = at + 15 > end ? NEEDS_INPUT : BAD_DISTANCE_CODE
      break
    }
    const drop: u64 = entry & 0xff
    if (at + taken + drop > end) {
      status = NEEDS_INPUT
      break
    }
    const distance = (entry >> 16) + extraBits(bits >> taken, entry, 0)
    if ((distance as usize) > out - outFrom) {
      status = TOO_FAR_BACK
      break
    }
    copyMatch(out, distance, length)
    out += length
    position = at + taken + drop
  }
  outPosition = out
  bitPosition = position as u32
  return status
}
