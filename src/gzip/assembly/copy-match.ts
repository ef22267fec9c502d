// The matches of DEFLATE (RFC 1951, 3.2.3): output that is copied from further back.

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

/**
 * Copy a match of `length` bytes from `distance` back; may write up to 15 bytes more than that. What is nearer than 16 bytes
 * repeats itself: a pattern of as many whole repeats as fit is made once.
 */
// @ts-ignore: decorator
@inline
export function copyMatch (out: usize, distance: usize, length: usize): void {
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
