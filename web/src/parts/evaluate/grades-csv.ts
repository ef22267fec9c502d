import { ApiProblem } from '../../api/client.js'
import type { Grade } from '../../api/evaluation.js'

const GRADES = [0, 1, 2, 3, 4]

/**
 * The rows of a CSV: `study`, `severity`, and if there are any `p0` … `p4` and `score`, as `niiserve score severity` takes them.
 * The service checks the values; a text that is no number is one that it refuses.
 *
 * @throws ApiProblem that names the column which is not there, or the line that cannot be read
 */
export async function readGrades (name: string, text: string): Promise<Grade[]> {
  // Fetched with the first file: the page is drawn without it.
  const { parse } = await import('csv-parse/browser/esm/sync')
  let rows: Record<string, string>[]
  try {
    rows = parse(text, { columns: true, skip_empty_lines: true, trim: true, bom: true })
  } catch (error) {
    throw new ApiProblem('unreadable', 'Not a CSV', `${name}: ${(error as Error).message}`, 0)
  }
  const columns = Object.keys(rows[0] ?? {})
  for (const column of ['study', 'severity']) {
    if (!columns.includes(column)) throw new ApiProblem('unreadable', 'A column is not there', `${name} has no column ${column}; it has ${columns.join(', ') || 'none'}.`, 0)
  }
  const number = (value: string | undefined) => value === undefined || value === '' ? NaN : Number(value)
  return rows.map((row) => ({
    study: row['study']!,
    severity: number(row['severity']),
    ...(columns.includes('p0') && { probabilities: GRADES.map((grade) => number(row[`p${grade}`])) }),
    ...(columns.includes('score') && { score: number(row['score']) })
  }))
}
