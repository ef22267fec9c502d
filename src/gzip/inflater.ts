/** How far back a DEFLATE match can reach (RFC 1951, 2). */
export const WINDOW_BYTES = 32768

/** Where inflation begins: a block's first bit, and the earlier output that matches may refer to. */
export interface Start {
  /** byte of the file that holds the bit */
  inOffset: number
  /** 0..7: how many low bits of that byte belong to the data before it */
  bit: number
  /** 0..32768 bytes, of the same member */
  history: Uint8Array
}

/** A place in a gzip file at which inflation can begin: the start of a DEFLATE block. */
export interface AccessPoint extends Start {
  /** bytes of the uncompressed stream before it, all members counted */
  outOffset: number
}

/** Where a gzip member's DEFLATE data begins: matches cannot refer to anything before it. */
export function startOfMember (inOffset: number): Start {
  return { inOffset, bit: 0, history: new Uint8Array(0) }
}

/** Why `run` stopped: it needs more input; there is enough output; a block has ended; the last block has ended. */
export type Stop = 'input' | 'output' | 'block' | 'end'

/**
 * A DEFLATE decoder (RFC 1951) that begins at any bit, stops at any block, and takes its input in pieces. One decoder
 * takes about half a MiB, however much data it decodes.
 *
 * Call `begin`; then fill part of `room()`, say how much with `fed`, call `run` until it asks for input, and repeat.
 */
export interface Inflater {
  /** Begin anew at a block, of this member or another. Input that was not used is forgotten. */
  begin (start: Start): void
  /** Where the next bytes of the input go; empty until `run` has used some of them. Valid until the next call. */
  room (): Uint8Array
  /** Says that `bytes` bytes were put into `room()`. */
  fed (bytes: number): void
  /**
   * Decode some output.
   *
   * @param most bytes of output after which to stop; a match across this limit is written whole (up to 264 bytes more)
   * @throws GzipDamaged
   */
  run (most: number): Stop
  /** The output of the last `run`. Valid until the next call. */
  readonly output: Uint8Array
  /** The last bytes of all output since `begin`, its history included, 32 KiB at most. Valid until the next call. */
  readonly history: Uint8Array
  /** The next bit of the input: the byte of the file that holds it, and which bit of that byte. */
  readonly position: { inOffset: number, bit: number }
  /** Offset in the file after the last byte of which at least one bit was used. */
  readonly inOffsetAfter: number
}
