/** Whether a file's name says that it is gzipped: `.gz`, or `.GZ` as Windows may have it. */
export function isGzipped (name: string): boolean {
  return /\.gz$/i.test(name)
}
