/** Number of bytes for this many bits. */
export function packedBytes (bits: number): number {
  return Math.ceil(bits / 8)
}

/**
 * Pack values of 0 and 1 into bits: the first value becomes the lowest bit of its byte (PS3.5, 8.1.1). The other bits of
 * `into` do not change.
 *
 * @param values 0 or not 0
 * @param into   filled from bit `firstBit` on
 */
export function packBits (values: Uint8Array, into: Uint8Array, firstBit = 0): void {
  for (let n = 0; n < values.length; n++) {
    if (values[n] === 0) continue
    const bit = firstBit + n
    into[bit >> 3]! |= 1 << (bit & 7)
  }
}

/**
 * Join packed frames without gaps between them, as DICOM requires for all frames together (PS3.5, 8.2).
 *
 * @param frames each packed from bit 0 on
 * @param bits   number of bits per frame
 */
export function joinBits (frames: readonly Uint8Array[], bits: number): Uint8Array {
  const joined = new Uint8Array(packedBytes(frames.length * bits))
  for (const [n, frame] of frames.entries()) {
    const shift = n * bits & 7
    let at = n * bits >> 3
    for (const byte of frame) {
      joined[at]! |= byte << shift
      if (shift > 0 && byte >> 8 - shift !== 0) joined[at + 1]! |= byte >> 8 - shift
      at++
    }
  }
  return joined
}
