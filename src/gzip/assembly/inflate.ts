/**
 * DEFLATE (RFC 1951), decoded in WebAssembly: AssemblyScript, compiled by `npm run wasm` into ../inflate-wasm.ts.
 *
 * Random access needs what node:zlib cannot do: begin at any bit, with the earlier output already in place; stop at
 * any block or after any number of bytes; report the position to the bit. The caller manages all memory: it puts
 * compressed bytes in, puts up to 32 KiB of history before the place for the output, and calls `run`. The rule for
 * refilling bits follows Eric Biggers' libdeflate (lib/deflate_decompress.c). Errors are numbers for zlib's messages
 * (inflate.c, inffast.c, inftrees.c).
 */
import { copyMatch } from './copy-match'
import {
  DISTANCE_BITS, DISTANCE_MASK, END_OF_BLOCK, LENGTHS_ENTRIES, LITERAL_BITS, LITERAL_MASK, SHORT_MATCH, SPECIAL, SUBTABLE,
  beginsWithLiteral, buildDistances, buildFixed, buildLengths, buildLiterals, codeLengths, distanceTable, entryBelow,
  extraBits, isLiteralsOnly, lengthBase, lengthsTable, literalTable
} from './tables'

// What `run` returns; BAD_BLOCK_TYPE and every number after it are errors. ../inflater.ts has the same table.
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

// The decoder's place in the stream.
const AT_HEADER: i32 = 0
const IN_STORED: i32 = 1
const IN_CODES: i32 = 2

let state: i32 = AT_HEADER
let isLastBlock: bool = false
let storedLeft: u32 = 0
let tablesAreFixed: bool = false

/** Position of the input's next bit, counted from address 0; set by the caller, and by `run` when it returns. */
export let bitPosition: u32 = 0
/** Address after the last byte of output; set by the caller, and by `run` when it returns. */
export let outPosition: usize = 0

/**
 * Bytes after the input that may be read (their values do not matter), and bytes after the output limit that may be
 * written: a match has up to 258 bytes and is copied in words.
 */
export const SLACK: i32 = 320

/** First address of the memory that belongs to the caller. */
export function freeFrom (): usize {
  return __heap_base
}

/** RFC 1951, 3.2.7: the order in which the lengths of the code length code are sent */
const lengthsOrder: usize = memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15])

/** Begin at a block's first bit: the first of a member, or an access point. */
export function reset (): void {
  state = AT_HEADER
  isLastBlock = false
}

/**
 * Decode until the caller must act: a block has ended, the input is used up, or there is enough output.
 *
 * @param inEnd   address after the last input byte; SLACK more bytes must be readable
 * @param outFrom address of the first byte that matches may refer to
 * @param outEnd  address of enough output: it is filled up to here if the input suffices, and at most SLACK bytes further
 * @returns one of the numbers above; after an error only `reset` may be called
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

/** Read a block's header; OUTPUT_FULL stands for "go on". The position only moves when the whole header was there. */
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
    tablesAreFixed = true
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

/** Read the code lengths (RFC 1951, 3.2.7) and move `bitPosition` past them. */
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
  if (!buildLengths(codeLengths, 19)) return BAD_CODE_LENGTHS
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
  if (!buildLiterals(codeLengths, literals)) return BAD_LITERAL_SET
  if (!buildDistances(codeLengths + literals, distances)) return BAD_DISTANCE_SET
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

/** In decodeCodes: where in the input the bits counted by `have` begin; two of them lie before the stream's next bit. */
// @ts-ignore: decorator
@inline
function positionBefore (next: usize, have: u64): u64 {
  return ((next as u64) << 3) - ((have & 63) - 2)
}

/** Decode the symbols of a block. A symbol counts only when all its bits were there. */
function decodeCodes (inEnd: usize, outFrom: usize, outEnd: usize): i32 {
  let out = outPosition
  let position: u64 = bitPosition
  // While the next word lies wholly within the input, bits need no check against its end.
  if (inEnd >= 32) {
    let next = (position >> 3) as usize
    const fastEnd = inEnd - 24
    if (next < fastEnd && out < outEnd) {
      let bits = load<u64>(next) >> (position & 7) << 2
      next += 7
      // Bit 0 of the stream is bit 2 of `bits`, so a mask alone turns it into a table's address. The low six bits of
      // `have` count the bits of `bits` that are known to be valid; later ones may be loaded already, and are loaded
      // again. The bits of `have` above those six are ignored, so whole entries can be subtracted from it.
      let have: u64 = 58 - (position & 7)
      bits |= load<u64>(next) << have
      next += ~(have as usize) >> 3 & 7
      have |= 56
      do {
        // After a refill there are at least 54 bits. Two root entries and then the longest code with its extra bits
        // take 2 × 12 + 15 + 5 = 44.
        let entry = load<u32>((bits as u32) & LITERAL_MASK << 2, literalTable)
        let before = bits
        bits >>= entry as u64
        have -= entry
        if (isLiteralsOnly(entry)) {
          store<u16>(out, (entry >> 8) as u16)
          out += entry >> 24 & 3
          entry = load<u32>((bits as u32) & LITERAL_MASK << 2, literalTable)
          before = bits
          bits >>= entry as u64
          have -= entry
          if (isLiteralsOnly(entry)) {
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
              entry = entryBelow(literalTable, entry, bits >> 2)
              before = bits
              bits >>= entry as u64
              have -= entry
              if (isLiteralsOnly(entry)) {
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
              bitPosition = positionBefore(next, have) as u32
              return (entry & END_OF_BLOCK) != 0 ? endBlock() : BAD_LITERAL_CODE
            }
          }
          length = lengthBase(entry) + extraBits(before, entry, 2)
        }
        // The longest distance takes 15 + 13 bits. Usually enough are left.
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
            entry = entryBelow(distanceTable, entry, bits >> 2)
          }
          if ((entry & SPECIAL) != 0) {
            outPosition = out
            bitPosition = positionBefore(next, have) as u32
            return BAD_DISTANCE_CODE
          }
        }
        const distance = (entry >> 16) + extraBits(bits, entry, 2)
        bits >>= entry as u64
        have -= entry
        if ((distance as usize) > out - outFrom) {
          outPosition = out
          bitPosition = positionBefore(next, have) as u32
          return TOO_FAR_BACK
        }
        bits |= load<u64>(next) << have
        next += ~(have as usize) >> 3 & 7
        have |= 56
        // Fits nearly all matches: one load and one store, and no loop.
        if (distance >= 16 && length <= 16) v128.store(out, v128.load(out - distance))
        else copyMatch(out, distance, length)
        out += length
      } while (next < fastEnd && out < outEnd)
      position = positionBefore(next, have)
    }
  }
  return decodeTail(position, inEnd, out, outFrom, outEnd)
}

/** Decode symbol by symbol near the end of the input. Bits past the end may be read, but no symbol may depend on them. */
function decodeTail (start: u64, inEnd: usize, outStart: usize, outFrom: usize, outEnd: usize): i32 {
  const end = (inEnd as u64) << 3
  let position = start
  let out = outStart
  let status = OUTPUT_FULL
  while (out < outEnd) {
    let bits = bitsAt(position)
    let taken: u64 = 0
    let entry = load<u32>(((bits as u32) & LITERAL_MASK) << 2, literalTable)
    if (!isLiteralsOnly(entry) && (entry & (SHORT_MATCH | SUBTABLE | SPECIAL)) == (SPECIAL | SUBTABLE)) {
      taken = LITERAL_BITS
      entry = entryBelow(literalTable, entry, bits >> taken)
    }
    if (beginsWithLiteral(entry)) {
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
        // Near the end of the input, a code may look invalid only because bits are missing.
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
      entry = entryBelow(distanceTable, entry, bits >> taken)
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
