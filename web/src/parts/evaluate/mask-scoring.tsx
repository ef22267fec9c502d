import { useEffect, useState } from 'preact/hooks'
import type { Study, StudyList } from '../../api/answers.js'
import { fetchJson } from '../../api/client.js'
import { keyHeaders, scoreMask } from '../../api/evaluation.js'
import type { MaskScore } from '../../api/evaluation.js'
import { count, of } from '../numbers.js'
import { MaskCases } from './mask-cases.js'
import { studyOf } from './mask-file.js'

export interface ScoredMask { file: File, score: MaskScore }
interface Refused { name: string, why: string }
export interface Scored { done: number, cases: ScoredMask[], refused: Refused[], annotated: Study[] }

const NONE: Scored = { done: 0, cases: [], refused: [], annotated: [] }
/** The most that a page of the API lists. */
const PAGE = 1000

interface MaskScoringProps { name: string, masks: readonly File[], target: Record<string, string>, keyOf: () => string, again: number, onScored: (scored: Scored) => void }

/** Sends masks one by one, shows how far it is, then the cases and the flow of studies. */
export function MaskScoring ({ name, masks, target, keyOf, again, onScored }: MaskScoringProps) {
  const [scored, setScored] = useState<Scored>(NONE)
  useEffect(() => onScored(scored), [scored])
  useEffect(() => {
    const controller = new AbortController()
    setScored(NONE)
    scoreAll(masks, target, keyOf(), controller.signal, setScored).catch((fault: Error) => {
      if (!controller.signal.aborted) setScored({ ...NONE, done: masks.length, refused: [{ name: 'the list of annotated studies', why: fault.message }] })
    })
    return () => controller.abort()
  }, [masks, JSON.stringify(target), again])

  const { done, cases, refused, annotated } = scored
  const missing = annotated.filter(({ id }) => !cases.some(({ score }) => score.study === id))
  const isDone = done === masks.length
  return (
    <section class='sheet stack' aria-label={name}>
      <div class='spread'>
        <h2>{name}</h2>
        <p class='small' role='status'>{isDone ? `${of(cases.length, 'mask', 'masks')} scored` : `${count(done)} of ${count(masks.length)}`}</p>
      </div>
      {!isDone && <progress value={done} max={masks.length} aria-label='Masks scored' />}
      {refused.length > 0 && <div class='notice bad' role='alert'><strong>Not scored:</strong><ul>{refused.map(({ name, why }) => <li key={name}>{name}: {why}</li>)}</ul></div>}
      {cases.length > 0 && <MaskCases cases={cases} missing={isDone ? missing : []} keyOf={keyOf} />}
      {isDone && (
        <table class='mask-flow'>
          <caption>Flow of studies (STARD)</caption>
          <tbody>
            <tr><th scope='row'>annotated studies in the target</th><td class='number'>{count(annotated.length)}</td></tr>
            <tr><th scope='row'>masks sent</th><td class='number'>{count(masks.length)}</td></tr>
            <tr><th scope='row'>masks not scored</th><td class='number'>{count(refused.length)}</td></tr>
            <tr><th scope='row'>annotated studies without a scored mask, which count as empty</th><td class='number'>{count(missing.length)}</td></tr>
            <tr><th scope='row'>scored</th><td class='number'>{count(cases.length)}</td></tr>
          </tbody>
        </table>
      )}
    </section>
  )
}

async function scoreAll (masks: readonly File[], target: Record<string, string>, key: string, signal: AbortSignal, tell: (scored: Scored) => void): Promise<void> {
  const annotated: Study[] = []
  for (let cursor: string | null = null, isFirst = true; isFirst || cursor !== null; isFirst = false) {
    const page: StudyList = await fetchJson<StudyList>('v1/studies', { ...target, annotated: 'true', limit: PAGE, cursor }, { signal, headers: keyHeaders(key) })
    annotated.push(...page.items)
    cursor = page.nextCursor
  }
  const ids = new Set(annotated.map(({ id }) => id))
  const [cases, refused]: [ScoredMask[], Refused[]] = [[], []]
  for (const [n, file] of masks.entries()) {
    const study = studyOf(file.name)
    try {
      if (!ids.has(study)) throw new Error(`${study} is not an annotated study of the target`)
      if (cases.some(({ score }) => score.study === study)) throw new Error(`${study} has a second mask`)
      cases.push({ file, score: await scoreMask(study, file, key, signal) })
    } catch (fault) {
      signal.throwIfAborted()
      refused.push({ name: file.name, why: (fault as Error).message })
    }
    tell({ done: n + 1, cases: [...cases], refused: [...refused], annotated })
  }
}
