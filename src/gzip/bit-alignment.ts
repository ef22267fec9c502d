/**
 * Starting to inflate in the middle of a byte, without moving a bit of the data: empty DEFLATE blocks are put
 * before it, chosen so that their last bits are the low bits of that byte. An inflater reads through them, puts
 * out nothing, and arrives at the very bit; stored blocks further on find their byte boundaries where they were.
 */

/** What must stand before a block that begins at a certain bit of a byte. */
interface Prefix {
  /** whole bytes to put before that byte */
  bytes: Uint8Array
  /** the low bits of that byte itself */
  lowBits: number
}

type Field = [value: number, bits: number]

// An empty block of fixed Huffman codes (RFC 1951, 3.2.6): BFINAL 0, BTYPE 01, end-of-block (256) as 0000000.
// Ten bits: repeated, it reaches every even position.
const EMPTY_FIXED: Field[] = [[0, 1], [1, 2], [0, 7]]

// An empty block of dynamic Huffman codes (RFC 1951, 3.2.7), made to have an odd number of bits, 95. Huffman codes
// are sent from their first bit on, so 10 is the field [1, 2]. Literals 0..254 have no code, 255 and 256 one of a
// single bit (a complete code, so that no inflater objects), distances none.
const EMPTY_DYNAMIC: Field[] = [
  [0, 1], [2, 2], // BFINAL 0, BTYPE 10
  [0, 5], [0, 5], [14, 4], // HLIT: 257 codes, HDIST: 1 code, HCLEN: 18 code length codes
  // Code length codes in the order 16 17 18 0 8 7 9 6 10 5 11 4 12 3 13 2 14 1: 0 is "0", 1 is "10", 18 is "11".
  [0, 3], [0, 3], [2, 3], [1, 3], ...Array.from({ length: 13 }, (): Field => [0, 3]), [2, 3],
  [3, 2], [138 - 11, 7], [3, 2], [117 - 11, 7], // 18 twice: lengths 0 for 138 + 117 literals
  [1, 2], [1, 2], // length 1 for 255 and 256
  [0, 1], // length 0 for the only distance
  [1, 1] // end-of-block
]

const PREFIXES: readonly Prefix[] = [0, 1, 2, 3, 4, 5, 6, 7].map((bit) => {
  const blocks = bit % 2 === 1 ? [EMPTY_DYNAMIC] : []
  while (lengthOf(blocks) % 8 !== bit) blocks.push(EMPTY_FIXED)
  return written(blocks.flat())
})

function lengthOf (blocks: Field[][]): number {
  return blocks.flat().reduce((sum, [, bits]) => sum + bits, 0)
}

/** Writes fields as DEFLATE does (RFC 1951, 3.1.1): from the low bit of each byte upwards. */
function written (fields: Field[]): Prefix {
  const bits = fields.flatMap(([value, length]) => Array.from({ length }, (_, n) => value >> n & 1))
  const bytes = new Uint8Array(Math.floor(bits.length / 8) + 1)
  bits.forEach((bit, n) => { bytes[n >> 3]! |= bit << (n & 7) })
  return { bytes: bytes.subarray(0, -1), lowBits: bytes.at(-1)! }
}

/** Bytes before a block's first byte that `alignTo` may overwrite. */
export const ALIGN_ROOM = Math.max(...PREFIXES.map(({ bytes }) => bytes.length))

/**
 * Makes the bytes before a block readable by an inflater that can only start at a byte.
 *
 * @param buffer  overwritten in up to ALIGN_ROOM bytes before `start`, and in the low `bit` bits of `start`
 * @param start   index of the byte that holds the block's first bit
 * @param bit     0..7: which bit of it that is, counted from the lowest
 * @returns index at which to start inflating
 * @throws RangeError when the buffer has too little room before `start`
 */
export function alignTo (buffer: Uint8Array, start: number, bit: number): number {
  const { bytes, lowBits } = PREFIXES[bit]!
  buffer.set(bytes, start - bytes.length)
  if (bit > 0) buffer[start] = buffer[start]! & 0xff << bit | lowBits
  return start - bytes.length
}
