/** Whether a file's name ends in `.gz`, in any case: Windows may write `.GZ`. */
export function isGzipped (name: string): boolean {
  return /\.gz$/i.test(name)
}
