import { computed, effect, signal } from '@preact/signals'
import { dataset } from './dataset.js'

export const VERDICTS = ['good', 'doubtful', 'exclude'] as const
export type Verdict = typeof VERDICTS[number]

/** What a person noted of a study, or of a slice of one. */
export interface Mark { seen: string, verdict: Verdict | null, note: string }

/** By item: `study_0255`, or `study_0255/17` for a slice. */
type Marks = Readonly<Record<string, Mark>>

/** Kept in this browser, per dataset: nothing of it is sent anywhere. */
const key = computed(() => dataset.value === undefined ? undefined : `niiserve.worklist.${dataset.value.id}`)

export const marks = signal<Marks>({})
/** Why marks are not kept, where they are not. */
export const keepingProblem = signal('')

effect(() => {
  if (key.value !== undefined) marks.value = read(key.value)
})
// Another tab of the same browser may work on the same list.
window.addEventListener('storage', (event) => {
  if (event.key !== null && event.key === key.value) marks.value = read(event.key)
})

/** Note something of an item; what is not named stays. */
export function mark (item: string, change: Partial<Omit<Mark, 'seen'>> = {}): void {
  const known = marks.value[item] ?? { seen: new Date().toISOString(), verdict: null, note: '' }
  marks.value = { ...marks.value, [item]: { ...known, ...change } }
  if (key.value === undefined) return
  try {
    localStorage.setItem(key.value, JSON.stringify(marks.value))
    keepingProblem.value = ''
  } catch {
    keepingProblem.value = 'This browser stores nothing: export the marks before you close the page.'
  }
}

/** All marks as a table (RFC 4180), in order of item. */
export function marksAsCsv (all: Marks): string {
  const cell = (text: string) => /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  const rows = Object.entries(all).sort(([a], [b]) => a < b ? -1 : 1).map(([item, { seen, verdict, note }]) => {
    const [study, slice = ''] = item.split('/')
    return [study!, slice, verdict ?? '', note, seen]
  })
  return [['study', 'slice', 'verdict', 'note', 'seen'], ...rows].map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n'
}

function read (from: string): Marks {
  try {
    return JSON.parse(localStorage.getItem(from) ?? '{}') as Marks
  } catch {
    return {}
  }
}
