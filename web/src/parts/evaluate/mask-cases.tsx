import { useEffect, useState } from 'preact/hooks'
import type { Study } from '../../api/answers.js'
import { drawMask } from '../../api/evaluation.js'
import { studyAddress } from '../../state/cohort.js'
import { decimal } from './figure.js'
import { emptyFigures } from './mask-comparison.js'
import type { ScoredMask } from './mask-scoring.js'

interface MaskCasesProps { cases: readonly ScoredMask[], missing: readonly Study[], keyOf: () => string }

/** A Dice that is not defined is no bad one: it comes last. */
const rankOf = (dice: number | null) => dice ?? Infinity

/** Case by case, the worst Dice first. A case opens the picture of its worst slice. */
export function MaskCases ({ cases, missing, keyOf }: MaskCasesProps) {
  const [open, setOpen] = useState('')
  const rows = [
    ...cases.map(({ file, score }) => ({ study: score.study, dice: score.dice, file, score })),
    // A mask that is missing counts as an empty one.
    ...missing.map((study) => ({ study: study.id, dice: emptyFigures(study).Dice, file: undefined, score: undefined }))
  ].sort((a, b) => rankOf(a.dice) - rankOf(b.dice) || (a.study < b.study ? -1 : 1))
  const chosen = cases.find(({ score }) => score.study === open)
  return (
    <>
      <div class='scroll bare' tabIndex={0} role='group' aria-label='Cases'>
        <table class='cases'>
          <caption>The worst Dice first; mL and mm by the spacing of the reference</caption>
          <thead><tr><th scope='col'>Study</th>{['Dice', 'NSD', 'HD95 mm', 'Volume error mL', 'Lesions found', 'Invented'].map((name) => <th key={name} scope='col' class='number'>{name}</th>)}<th scope='col'>Geometry</th></tr></thead>
          <tbody>
            {rows.map(({ study, dice, score }) => (
              <tr key={study}>
                <th scope='row'>{score === undefined ? <a href={studyAddress(study)}>{study}</a> : <button aria-expanded={open === study} onClick={() => setOpen(open === study ? '' : study)}>{study}</button>}</th>
                <td class='number'>{decimal(dice)}</td>
                <td class='number'>{decimal(score?.nsd.value ?? null)}</td>
                <td class='number'>{score?.hd95Mm == null ? '–' : score.hd95Mm.toFixed(1)}</td>
                <td class='number'>{score === undefined ? '–' : score.volumeErrorMl.toFixed(2)}</td>
                <td class='number'>{score === undefined ? '–' : `${score.lesions.detected} of ${score.lesions.reference}`}</td>
                <td class='number'>{score === undefined ? '–' : score.lesions.falsePositives}</td>
                <td>{score === undefined ? 'no mask' : score.geometry}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {chosen !== undefined && <CasePicture key={open} {...chosen} keyOf={keyOf} />}
    </>
  )
}

/** One slice of a case: what both have, what only the prediction has, what it misses. The slice with most errors first. */
function CasePicture ({ file, score, keyOf }: ScoredMask & { keyOf: () => string }) {
  const { study, slices } = score
  const worst = slices.reduce((most, slice) => slice.fp + slice.fn > most.fp + most.fn ? slice : most, slices[0] ?? { index: 0, tp: 0, fp: 0, fn: 0 })
  const [index, setIndex] = useState(worst.index)
  const [picture, setPicture] = useState<{ href?: string, why?: string }>({})
  useEffect(() => {
    const controller = new AbortController()
    let href: string | undefined
    drawMask(study, file, index, keyOf(), controller.signal).then(
      (blob) => { if (!controller.signal.aborted) setPicture({ href: href = URL.createObjectURL(blob) }) },
      (fault: Error) => { if (!controller.signal.aborted) setPicture({ why: fault.message }) }
    )
    return () => { controller.abort(); if (href !== undefined) URL.revokeObjectURL(href) }
  }, [study, file, index])
  const shown = slices.find((slice) => slice.index === index) ?? worst
  return (
    <figure class='case stack' aria-label={study}>
      <figcaption class='toolbar'>
        <h3>{study}</h3>
        {slices.length > 0 && <label>Slice <select value={String(index)} onChange={(event) => setIndex(Number(event.currentTarget.value))}>{slices.map((slice) => <option key={slice.index} value={String(slice.index)} selected={slice.index === index}>{slice.index}: {slice.fp + slice.fn} pixels wrong</option>)}</select></label>}
        <a href={studyAddress(study, '', { slice: index })}>Slice {index} in the viewer</a>
      </figcaption>
      {picture.why !== undefined && <p class='notice bad' role='alert'>{picture.why}</p>}
      {picture.href !== undefined && <img src={picture.href} alt={`Slice ${index} of ${study}: ${shown.tp} pixels hit, ${shown.fp} false positive, ${shown.fn} missed`} />}
      <p class='small'>Slice {index}: {shown.tp} pixels hit, {shown.fp} false positive, {shown.fn} missed.</p>
    </figure>
  )
}
