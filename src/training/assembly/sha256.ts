/**
 * SHA-256 (FIPS 180-4) of many short texts, four at a time: AssemblyScript, compiled by `npm run wasm` into
 * ../sha256-wasm.ts. Each text is a common prefix and a number in decimal digits, and fits one block of 64 bytes.
 */

const K = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
])

/** Numbers of one call. */
export const MOST: i32 = 4096
/** 64 bytes: the prefix, then zeros */
export const prefix: usize = memory.data(64, 16)
/** uint32 each */
export const numbers: usize = memory.data(4096 * 4, 16)
/** the first 32 bits of each hash, as uint32; room for a last group of four */
export const heads: usize = memory.data(4096 * 4 + 16, 16)

const blocks: usize = memory.data(4 * 64, 16)
/** the message schedule: word t of four messages side by side */
const schedule: usize = memory.data(64 * 16, 16)

/** Hash the prefix with each of the first `count` numbers. @param length bytes of the prefix, at most 45 */
export function hash (length: i32, count: i32): void {
  for (let n = 0; n < count; n += 4) {
    for (let lane = 0; lane < 4; lane++) writeBlock(blocks + (<usize>lane << 6), length, load<u32>(numbers + (<usize>min(n + lane, count - 1) << 2)))
    v128.store(heads + (<usize>n << 2), compress())
  }
}

/** One padded block: the text, a bit 1, zeros, and the length in bits. */
function writeBlock (block: usize, length: i32, number: u32): void {
  for (let at: usize = 0; at < 64; at += 16) v128.store(block + at, v128.load(prefix + at))
  let digits = 1
  for (let rest = number / 10; rest > 0; rest /= 10) digits++
  const end = length + digits
  for (let at = end - 1; at >= length; at--) {
    store<u8>(block + at, <u8>(48 + number % 10))
    number /= 10
  }
  store<u8>(block + end, 0x80)
  store<u16>(block + 62, bswap<u16>(<u16>(end << 3)))
}

// @ts-expect-error a decorator on a function
@inline
function rotated (x: v128, bits: i32): v128 {
  return v128.or(i32x4.shr_u(x, bits), i32x4.shl(x, 32 - bits))
}

/** The first word of four hashes. */
function compress (): v128 {
  for (let t: usize = 0; t < 16; t++) {
    let word = i32x4.splat(load<i32>(blocks + (t << 2)))
    word = i32x4.replace_lane(word, 1, load<i32>(blocks + 64 + (t << 2)))
    word = i32x4.replace_lane(word, 2, load<i32>(blocks + 128 + (t << 2)))
    word = i32x4.replace_lane(word, 3, load<i32>(blocks + 192 + (t << 2)))
    v128.store(schedule + (t << 4), i8x16.swizzle(word, i8x16(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12)))
  }
  for (let t: usize = 16; t < 64; t++) {
    const far = v128.load(schedule + ((t - 15) << 4))
    const near = v128.load(schedule + ((t - 2) << 4))
    const small0 = v128.xor(v128.xor(rotated(far, 7), rotated(far, 18)), i32x4.shr_u(far, 3))
    const small1 = v128.xor(v128.xor(rotated(near, 17), rotated(near, 19)), i32x4.shr_u(near, 10))
    const sum = i32x4.add(i32x4.add(v128.load(schedule + ((t - 16) << 4)), small0), i32x4.add(v128.load(schedule + ((t - 7) << 4)), small1))
    v128.store(schedule + (t << 4), sum)
  }
  let a = i32x4.splat(0x6a09e667)
  let b = i32x4.splat(0xbb67ae85)
  let c = i32x4.splat(0x3c6ef372)
  let d = i32x4.splat(0xa54ff53a)
  let e = i32x4.splat(0x510e527f)
  let f = i32x4.splat(0x9b05688c)
  let g = i32x4.splat(0x1f83d9ab)
  let h = i32x4.splat(0x5be0cd19)
  for (let t: usize = 0; t < 64; t++) {
    const big1 = v128.xor(v128.xor(rotated(e, 6), rotated(e, 11)), rotated(e, 25))
    const choice = v128.bitselect(f, g, e)
    const step1 = i32x4.add(i32x4.add(i32x4.add(h, big1), i32x4.add(choice, v128.load32_splat(K + (t << 2)))), v128.load(schedule + (t << 4)))
    const big0 = v128.xor(v128.xor(rotated(a, 2), rotated(a, 13)), rotated(a, 22))
    const majority = v128.bitselect(c, a, v128.xor(a, b))
    h = g
    g = f
    f = e
    e = i32x4.add(d, step1)
    d = c
    c = b
    b = a
    a = i32x4.add(step1, i32x4.add(big0, majority))
  }
  return i32x4.add(a, i32x4.splat(0x6a09e667))
}
