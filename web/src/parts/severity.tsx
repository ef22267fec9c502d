import { categories } from '../state/categories.js'

/** The colours that there are, from mild to severe. */
const TONES = 5

/** A category and how severe it is, in steps that say it without their colour; nothing where the dataset has none. */
export function Severity ({ category, severity }: { category: string | null, severity: number | null }) {
  if (category === null) return null
  const steps = Math.max(1, categories.value.length - 1)
  return (
    <span class='severity' data-severity={toneOf(severity)}>
      {severity !== null && steps < 12 && <span class='steps' aria-hidden='true'>{Array.from({ length: steps }, (_, n) => <i key={n} class={n < severity ? 'on' : ''} />)}</span>}
      {category}
    </span>
  )
}

/** Which of the colours a place in the list of categories has. */
export function toneOf (severity: number | null): number {
  const steps = Math.max(1, categories.value.length - 1)
  return Math.round(Math.min(1, (severity ?? 0) / steps) * (TONES - 1))
}
