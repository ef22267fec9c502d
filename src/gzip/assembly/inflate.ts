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
// An entry answers the next bits of the input. Its low byte is how many bits to drop (code and extra bits together).
//   literal   bit 31; one byte in bits 8..15, or two, the second in bits 16..23; how many in bits 24..25; bits 26..29
//             say how many bits the first one's code has. Two where both codes fit: half the steps where it matters
//   match     length or distance base in bits 16..30; in bits 8..12 how many of the dropped bits are the code's own
//   special   bit 15, and bit 13: end of block; bit 14: go on in the sub-table that begins at entry bits 16..30, with as
//             many bits as bits 8..12 say; none of both: no such code
const LITERAL: u32 = 1 << 31
const SPECIAL: u32 = 1 << 15
const SUBTABLE: u32 = 1 << 14
const END_OF_BLOCK: u32 = 1 << 13

const LITERAL_BITS: u32 = 11
const LITERAL_MASK: u32 = (1 << LITERAL_BITS) - 1
const DISTANCE_BITS: u32 = 8
const DISTANCE_MASK: u32 = (1 << DISTANCE_BITS) - 1
const LENGTHS_BITS: u32 = 7
// The most entries that complete codes of 288 and 32 symbols, up to 15 bits, can take with roots of 11 and 8 bits
// (zlib's examples/enough.c), and 128 for the code lengths' own code, which has no sub-tables.
const LITERAL_ENTRIES: i32 = 2342
const DISTANCE_ENTRIES: i32 = 402
const LENGTHS_ENTRIES: i32 = 128

const literalTable: usize = memory.data(LITERAL_ENTRIES * 4, 16)
const distanceTable: usize = memory.data(DISTANCE_ENTRIES * 4, 16)
const lengthsTable: usize = memory.data(LENGTHS_ENTRIES * 4, 16)
/** code lengths of a block: 288 literals and lengths, then 32 distances */
const codeLengths: usize = memory.data(320, 16)
const sortedSymbols: usize = memory.data(288 * 2, 16)
const lengthCounts: usize = memory.data(16 * 4, 16)
const symbolOffsets: usize = memory.data(16 * 4, 16)

// RFC 1951, 3.2.5: base and extra bits of length symbols 257..285 and of distance symbols 0..29.
const lengthBases: usize = memory.data<u16>([3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258])
const lengthExtras: usize = memory.data<u8>([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0])
const distanceBases: usize = memory.data<u16>([1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577])
const distanceExtras: usize = memory.data<u8>([0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13])
/** RFC 1951, 3.2.7: the order in which the lengths of the code length code are sent */
const lengthsOrder: usize = memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15])

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
    return (load<u16>(distanceBases + (symbol << 1)) as u32) << 16 | bits << 8 | (bits + extra)
  }
  if (symbol < 256) return LITERAL | bits << 26 | 1 << 24 | symbol << 8 | bits
  if (symbol == 256) return SPECIAL | END_OF_BLOCK | bits
  if (symbol >= 286) return SPECIAL | bits
  const extra: u32 = load<u8>(lengthExtras + symbol - 257)
  return (load<u16>(lengthBases + ((symbol - 257) << 1)) as u32) << 16 | bits << 8 | (bits + extra)
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
  const rootSize: u32 = 1 << rootBits
  if (left > 0) {
    if (kind == LENGTHS || longest > 1) return false
    // What has no code is an error when it is met, and not before.
    for (let n: u32 = 0; n < rootSize; n++) store<u32>(table + (n << 2), SPECIAL)
    if (longest == 0) return kind == DISTANCES
  }
  for (let n: u32 = 0; n < symbols; n++) {
    const length: u32 = load<u8>(lengths + n)
    if (length == 0) continue
    const at = symbolOffsets + (length << 2)
    const place = load<u32>(at)
    store<u16>(sortedSymbols + (place << 1), n as u16)
    store<u32>(at, place + 1)
  }

  let code: u32 = 0
  let sorted = sortedSymbols
  const direct = min(rootBits, longest)
  for (let length: u32 = 1; length <= direct; length++) {
    for (let count = load<u32>(lengthCounts + (length << 2)); count > 0; count--) {
      const entry = entryOf(kind, load<u16>(sorted), length)
      sorted += 2
      for (let n = code; n < rootSize; n += 1 << length) store<u32>(table + (n << 2), entry)
      code = nextCode(code, length)
    }
  }
  if (longest > rootBits) buildSubtables(table, rootBits, kind, code, sorted, longest)
  if (kind == LITERALS) pairLiterals(table, rootBits)
  return true
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

/** Puts a second literal into the entries of literals whose remaining bits tell it. */
function pairLiterals (table: usize, rootBits: u32): void {
  const rootSize: u32 = 1 << rootBits
  for (let n: u32 = 0; n < rootSize; n++) {
    const entry = load<u32>(table + (n << 2))
    if ((entry & LITERAL) == 0) continue
    const bits = entry & 0xff
    const second = load<u32>(table + (n >> bits << 2))
    const both = bits + (second >> 26 & 15)
    if ((second & LITERAL) == 0 || both > rootBits) continue
    store<u32>(table + (n << 2), LITERAL | bits << 26 | 2 << 24 | (second & 0xff00) << 8 | entry & 0xff00 | both)
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
 * Copy a match of `length` bytes from `distance` back; may write up to 15 bytes more than that. Most matches are shorter
 * than 16 bytes and from further back: one load and one store, and no branch that could be guessed wrong.
 */
// @ts-ignore: decorator
@inline
function copyMatch (out: usize, distance: usize, length: usize): void {
  const end = out + length
  let from = out - distance
  let to = out
  if (distance >= 16) {
    v128.store(to, v128.load(from))
    while ((to += 16) < end) {
      from += 16
      v128.store(to, v128.load(from))
    }
  } else if (distance == 1) {
    const bytes = i8x16.splat(load<u8>(from) as i8)
    do {
      v128.store(to, bytes)
    } while ((to += 16) < end)
  } else {
    // What was written is read again: after `distance` bytes the pattern repeats.
    do {
      store<u8>(to++, load<u8>(from++))
    } while (to < end)
  }
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
        // Refilled: 54 bits at least. Three short codes and one long with its extra bits take 3 × 11 + 15 + 5 = 53.
        let entry = load<u32>((bits as u32) & LITERAL_MASK << 2, literalTable)
        let before = bits
        bits >>= entry as u64
        have -= entry
        if ((entry & LITERAL) != 0) {
          store<u16>(out, (entry >> 8) as u16)
          out += entry >> 24 & 3
          entry = load<u32>((bits as u32) & LITERAL_MASK << 2, literalTable)
          before = bits
          bits >>= entry as u64
          have -= entry
          if ((entry & LITERAL) != 0) {
            store<u16>(out, (entry >> 8) as u16)
            out += entry >> 24 & 3
            entry = load<u32>((bits as u32) & LITERAL_MASK << 2, literalTable)
            before = bits
            bits >>= entry as u64
            have -= entry
            if ((entry & LITERAL) != 0) {
              store<u16>(out, (entry >> 8) as u16)
              out += entry >> 24 & 3
              entry = load<u32>((bits as u32) & LITERAL_MASK << 2, literalTable)
              before = bits
              bits >>= entry as u64
              have -= entry
              if ((entry & LITERAL) != 0) {
                store<u16>(out, (entry >> 8) as u16)
                out += entry >> 24 & 3
                bits |= load<u64>(next) << have
                next += 7 - (have as usize >> 3 & 7)
                have |= 56
                continue
              }
            }
          }
        }
        if ((entry & SPECIAL) != 0) {
          if ((entry & SUBTABLE) != 0) {
            entry = load<u32>(((entry >> 16) + (((bits >> 2) as u32) & ((1 << (entry >> 8 & 31)) - 1))) << 2, literalTable)
            before = bits
            bits >>= entry as u64
            have -= entry
            if ((entry & LITERAL) != 0) {
              store<u16>(out, (entry >> 8) as u16)
              out += entry >> 24 & 3
              bits |= load<u64>(next) << have
              next += 7 - (have as usize >> 3 & 7)
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
        const length = (entry >> 16) + ((((before >> 2 & (((1 as u64) << (entry & 0xff)) - 1)) >> (entry >> 8 & 31)) as u32))
        bits |= load<u64>(next) << have
        next += 7 - (have as usize >> 3 & 7)
        have |= 56
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
        before = bits
        bits >>= entry as u64
        have -= entry
        const distance = (entry >> 16) + (((before >> 2 & (((1 as u64) << (entry & 0xff)) - 1)) >> (entry >> 8 & 31)) as u32)
        if ((distance as usize) > out - outFrom) {
          outPosition = out
          bitPosition = ((next << 3) as u32) - ((have & 63) as u32 - 2)
          return TOO_FAR_BACK
        }
        copyMatch(out, distance, length)
        out += length
        bits |= load<u64>(next) << have
        next += 7 - (have as usize >> 3 & 7)
        have |= 56
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
    if ((entry & (LITERAL | SUBTABLE | SPECIAL)) == (SPECIAL | SUBTABLE)) {
      taken = LITERAL_BITS
      entry = load<u32>(((entry >> 16) + (((bits >> taken) as u32) & ((1 << (entry >> 8 & 31)) - 1))) << 2, literalTable)
    }
    if ((entry & LITERAL) != 0) {
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
    const length = (entry >> 16) + ((((bits >> taken) & (((1 as u64) << dropped) - 1)) >> (entry >> 8 & 31)) as u32)
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
    const distance = (entry >> 16) + ((((bits >> taken) & (((1 as u64) << drop) - 1)) >> (entry >> 8 & 31)) as u32)
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
