/** What the dataset calls a grade; `grade 3` where it has no name for it. @param names of the dataset's categories, from the mildest */
export function gradeName (names: readonly string[], grade: number): string {
  return names[grade] ?? `grade ${grade}`
}
