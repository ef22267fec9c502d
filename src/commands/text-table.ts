/** Rows as lines of text in columns; numbers are right-aligned. The first row is the heading. */
export function textTable (rows: readonly (readonly (string | number | null)[])[]): string {
  const cells = rows.map((row) => row.map((value) => value === null ? '-' : typeof value === 'number' ? shortNumber(value) : value))
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)))
  const isNumeric = widths.map((_, column) => rows.slice(1).every((row) => typeof row[column] !== 'string'))
  return cells.map((row) => row.map((text, column) => isNumeric[column]! ? text.padStart(widths[column]!) : text.padEnd(widths[column]!)).join('  ').trimEnd()).join('\n')
}

/** Three decimal places: enough to read; files keep all digits. */
function shortNumber (value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(3)
}
