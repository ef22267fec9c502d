import { useEffect, useRef, useState } from 'preact/hooks'
import { ApiProblem } from '../api/client.js'
import { scoreGrades } from '../api/evaluation.js'
import type { Grade } from '../api/evaluation.js'
import { MaskSets } from '../parts/evaluate/mask-sets.js'
import { MASK_FILE, maskSetsOf } from '../parts/evaluate/mask-file.js'
import type { MaskSet } from '../parts/evaluate/mask-file.js'
import { DropFiles } from '../parts/evaluate/drop-files.js'
import type { Dropped } from '../parts/evaluate/drop-files.js'
import { readGrades } from '../parts/evaluate/grades-csv.js'
import { SeverityReport } from '../parts/evaluate/report.js'
import { Agreement, SeverityResult } from '../parts/evaluate/severity-result.js'
import type { GradesScored } from '../parts/evaluate/severity-result.js'
import { of } from '../parts/numbers.js'
import { Problem } from '../parts/problem.js'
import { filtersIn } from '../state/cohort.js'
import { params, set } from '../state/location.js'
import { session } from '../state/session.js'

/** Side by side: a third file, or folder, takes the place of the first. */
const MOST_COMPARED = 2

interface GradesFile { name: string, grades: Grade[] }

/** What an algorithm says against what the dataset's authors said. The target is the address; files and key are kept nowhere. */
export default function Evaluate () {
  const search = params.value
  const target = filtersIn(search)
  const missing = search.get('missing') ?? 'error'
  const key = useRef<HTMLInputElement>(null)
  const [files, setFiles] = useState<GradesFile[]>([])
  const [results, setResults] = useState<GradesScored[]>([])
  const [problem, setProblem] = useState<ApiProblem>()
  const [masks, setMasks] = useState<MaskSet[]>([])
  const [isScoring, setScoring] = useState(false)
  const [again, setAgain] = useState(0)

  const take = async (dropped: Dropped[]) => {
    try {
      const read = await Promise.all(dropped.filter(({ file }) => /\.csv$/i.test(file.name)).map(async ({ file }) => ({ name: file.name, grades: await readGrades(file.name, await file.text()) })))
      const found = maskSetsOf(dropped.filter(({ file }) => MASK_FILE.test(file.name)))
      if (read.length === 0 && found.length === 0) throw new ApiProblem('unreadable', 'Nothing to score', `None of ${dropped.length === 1 ? dropped[0]!.file.name : `${dropped.length} files`} is a .csv, .nii, .nii.gz or .npy.`, 0)
      setFiles((before) => joined(before, read))
      setMasks((before) => joined(before, found))
      setProblem(undefined)
    } catch (fault) {
      setProblem(problemOf(fault))
    }
  }

  useEffect(() => {
    if (files.length === 0) return setResults([])
    const controller = new AbortController()
    setScoring(true)
    Promise.all(files.map(async ({ name, grades }) => ({ name, score: await scoreGrades(grades, missing, target, key.current?.value ?? '', controller.signal) }))).then(
      (scored) => { setResults(scored); setProblem(undefined) },
      (fault) => { if (!controller.signal.aborted) { setResults([]); setProblem(problemOf(fault)) } }
    ).finally(() => { if (!controller.signal.aborted) setScoring(false) })
    return () => controller.abort()
  }, [files, missing, JSON.stringify(target), again])

  return (
    <div class='stack evaluate'>
      <header class='toolbar'>
        <h1>Evaluate</h1><p class='muted'>An algorithm against the dataset's own grades and masks</p>
        {(results.length > 0 || masks.length > 0) && <button class='end no-print' onClick={() => window.print()}>Print the report</button>}
      </header>
      <section class='sheet stack no-print'>
        <form class='training-form' onSubmit={(event) => { event.preventDefault(); setAgain(again + 1) }}>
          <label>Part<select value={search.get('split') ?? ''} onChange={(event) => set({ split: event.currentTarget.value })}>{['', 'test', 'val', 'train'].map((part) => <option key={part} value={part}>{part === '' ? 'all studies' : part}</option>)}</select></label>
          {search.has('split') && <label>Seed<input type='number' min='0' step='1' value={search.get('seed') ?? '0'} onChange={(event) => set({ seed: event.currentTarget.value })} /></label>}
          {search.has('split') && <label>Ratios<input size={14} value={search.get('ratios') ?? '0.7,0.15,0.15'} onChange={(event) => set({ ratios: event.currentTarget.value })} /></label>}
          <label>Studies without a row<select value={missing} onChange={(event) => set({ missing: event.currentTarget.value })}><option value='error'>are an error</option><option value='exclude'>are left out and counted</option></select></label>
          {session.value.needsKey && <label>Key<input ref={key} type='password' autocomplete='off' /></label>}
          {(files.length > 0 || masks.length > 0) && <button class='primary'>Score again</button>}
        </form>
        <DropFiles onFiles={take} />
        {files.length + masks.length > 0 && (
          <ul class='row' aria-label='Files'>
            {files.map(({ name, grades }) => <TakeAway key={name} what={`${name}, ${grades.length} rows`} onClick={() => setFiles(files.filter((file) => file.name !== name))} />)}
            {masks.map(({ name, files: { length } }) => <TakeAway key={name} what={`${name}, ${of(length, 'mask', 'masks')}`} onClick={() => setMasks(masks.filter((set) => set.name !== name))} />)}
          </ul>
        )}
        <p class='small muted' role='status'>{isScoring ? 'Scoring …' : session.value.needsKey ? 'The key is sent with each request and is not stored.' : 'The service does not store the files that you drop here.'}</p>
      </section>
      <Problem problem={problem} />
      {masks.length > 0 && <MaskSets sets={masks} target={target} keyOf={() => key.current?.value ?? ''} again={again} />}
      {results.length > 0 && (
        <>
          <Agreement results={results} />
          <div class={results.length > 1 ? 'halves' : ''}>{results.map((result) => <SeverityResult key={result.name} {...result} />)}</div>
          <SeverityReport results={results} />
        </>
      )}
    </div>
  )
}

function TakeAway ({ what, onClick }: { what: string, onClick: () => void }) {
  return <li><button onClick={onClick}>{what} <span aria-hidden='true'>✕</span><span class='unseen'>(take away)</span></button></li>
}

/** What is compared after more is dropped; what is dropped again replaces itself. The same list where nothing is new. */
function joined<One extends { name: string }> (before: One[], dropped: readonly One[]): One[] {
  return dropped.length === 0 ? before : [...before.filter(({ name }) => !dropped.some((one) => one.name === name)), ...dropped].slice(-MOST_COMPARED)
}

function problemOf (fault: unknown): ApiProblem {
  return fault instanceof ApiProblem ? fault : new ApiProblem('fault', 'A fault of the page', (fault as Error).message, 0)
}
