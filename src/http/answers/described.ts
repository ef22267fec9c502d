/** An answer before any voxel is read: its validator, all its headers, and what is known of its length. */
export interface Described {
  etag: string
  headers: Readonly<Record<string, string>>
  /** bytes of the whole; absent where only making it tells */
  length?: number
  /** whether a single Range is honoured; needs `length` */
  ranged?: boolean
}
