/** A category and how severe it is: five steps that say it without their colour. */
export function Severity ({ category, severity, of = 5 }: { category: string, severity: number, of?: number }) {
  return (
    <span class='severity' data-severity={Math.min(4, severity)}>
      <span class='steps' aria-hidden='true'>{Array.from({ length: of - 1 }, (_, n) => <i key={n} class={n < severity ? 'on' : ''} />)}</span>
      {category}
    </span>
  )
}
