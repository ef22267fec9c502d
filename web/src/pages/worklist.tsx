import { useEffect } from 'preact/hooks'
import type { SliceRow, SliceRowList, Study, StudyList } from '../api/answers.js'
import { useAnswer } from '../api/use-answer.js'
import { count, short } from '../parts/numbers.js'
import { Problem } from '../parts/problem.js'
import { download } from '../parts/download.js'
import { VerdictForm } from '../parts/verdict-form.js'
import { cohortOf, filtersIn, studyAddress } from '../state/cohort.js'
import { address, here, params, set } from '../state/location.js'
import { keepingProblem, mark, marks, marksAsCsv } from '../state/verdicts.js'

const LENGTH = 200

/** What a worklist is made of: a study, or one slice of it. */
interface Item { key: string, study: string, index: number | null, category: string | null, remark: string, picture: string, alt: string, open: string }

const ORDERS = [['-lesionMl', 'most lesion first'], ['-severity', 'most severe first'], ['id', 'by id']] as const

/** A cohort, one after the other: seen marks, verdicts and notes, kept in this browser. */
export default function Worklist () {
  const isOfSlices = params.value.get('of') === 'slices'
  return isOfSlices ? <Items key='slices' useItems={useSlices} isOfSlices /> : <Items key='studies' useItems={useStudies} isOfSlices={false} />
}

function Items ({ useItems, isOfSlices }: { useItems: typeof useStudies, isOfSlices: boolean }) {
  const search = params.value
  const items = useItems(search)
  const at = Math.max(0, items.list.findIndex(({ key }) => key === search.get('at')))
  const item = items.list[at]
  useEffect(() => { if (item !== undefined) mark(item.key) }, [item?.key])

  const linkTo = (place: number) => items.list[place] === undefined ? undefined : here({ at: items.list[place]!.key })
  const step = (by: number) => { if (items.list[at + by] !== undefined) set({ at: items.list[at + by]!.key }) }
  const done = items.list.filter(({ key }) => marks.value[key]?.verdict != null).length
  const { next, previous } = { next: linkTo(at + 1), previous: linkTo(at - 1) }
  usePrefetched(items.list[at + 1]?.picture)
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || (event.target as Element).closest('input:not([type=radio]), textarea, select, dialog') !== null) return
      if (event.key === 'n') step(1)
      else if (event.key === 'p') step(-1)
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  })
  return (
    <div class='stack'>
      <header class='toolbar'>
        <h1>Worklist</h1>
        <p class='muted' role='status'>{items.list.length > 0 && `${count(at + 1)} of ${count(items.total)} · ${count(done)} with a verdict`}</p>
        <div class='segmented' role='group' aria-label='A worklist of'>
          <a class='button' href={here({ of: null, at: null })} aria-current={isOfSlices ? undefined : 'true'}>Studies</a>
          <a class='button' href={here({ of: 'slices', at: null })} aria-current={isOfSlices ? 'true' : undefined}>Slices</a>
        </div>
        {isOfSlices
          ? <label class='row'><input type='checkbox' checked={search.get('lesion') !== 'any'} onChange={(event) => set({ lesion: event.currentTarget.checked ? null : 'any', at: null })} />with lesion only</label>
          : <label class='row'>Order <select value={search.get('sort') ?? '-lesionMl'} onChange={(event) => set({ sort: event.currentTarget.value, at: null })}>{ORDERS.map(([key, label]) => <option key={key} value={key}>{label}</option>)}</select></label>}
        <a class='button' href={address('studies', { ...filtersIn(search), sort: search.get('sort') })}>Change cohort</a>
        <span class='row end'>
          <button onClick={() => download('worklist.json', 'application/json', JSON.stringify(marks.value, null, 1))}>Export JSON</button>
          <button onClick={() => download('worklist.csv', 'text/csv', marksAsCsv(marks.value))}>Export CSV</button>
        </span>
      </header>
      <Problem problem={items.problem} />
      {keepingProblem.value !== '' && <p class='notice' role='alert'>{keepingProblem.value}</p>}
      {!items.isLoading && items.list.length === 0 && <p class='sheet nothing'>This worklist is empty: no study of the cohort has a readable image. <a href={address('studies')}>See the studies</a></p>}
      {item !== undefined && (
        <div class='work'>
          <nav class='sheet queue' aria-label='Items'>
            <ol>
              {items.list.map(({ key, category, remark }) => {
                const { verdict } = marks.value[key] ?? {}
                return (
                  <li key={key}>
                    <a href={here({ at: key })} aria-current={key === item.key ? 'true' : undefined}>
                      <i class={`seen ${verdict ?? (marks.value[key] === undefined ? '' : 'only')}`} aria-hidden='true' />
                      <span>{key.replace('/', ' · ')}<small class='muted'>{remarkOf(category, remark)}</small></span>
                      <span class='unseen'>{verdict ?? (marks.value[key] === undefined ? 'not seen' : 'seen')}</span>
                    </a>
                  </li>
                )
              })}
            </ol>
            {items.total > items.list.length && <p class='small muted'>The first {count(items.list.length)} of {count(items.total)}: narrow the cohort to reach the rest.</p>}
          </nav>
          <section class='sheet desk' aria-label={item.key}>
            <div class='spread'>
              <h2>{item.study}{item.index !== null && <span class='muted'> slice {item.index}</span>} <span class='muted small'>{remarkOf(item.category, item.remark)}</span></h2>
              <span class='row'>
                {previous === undefined ? <button disabled>Previous</button> : <a class='button' href={previous}>Previous <kbd>p</kbd></a>}
                {next === undefined ? <button disabled>Next</button> : <a class='button' href={next}>Next <kbd>n</kbd></a>}
                <a class='button primary' href={item.open}>Open in viewer</a>
              </span>
            </div>
            <img key={item.picture} class='film' src={item.picture} alt={item.alt} width='512' height='512' />
            <VerdictForm key={item.key} item={item.key} />
          </section>
        </div>
      )}
    </div>
  )
}

const remarkOf = (...parts: (string | null)[]) => parts.filter((part) => part !== null && part !== '').join(' · ')

function useStudies (search: URLSearchParams) {
  const sort = search.get('sort') ?? '-lesionMl'
  const { answer, problem, isLoading } = useAnswer<StudyList>('v1/studies', { status: 'ready', ...filtersIn(search), sort, limit: LENGTH })
  return { list: (answer?.items ?? []).map((study) => itemOfStudy(study, cohortOf(search, { sort }))), total: answer?.total ?? 0, problem, isLoading }
}

function useSlices (search: URLSearchParams) {
  const { answer, problem, isLoading } = useAnswer<SliceRowList>('v1/slices', { ...filtersIn(search), lesion: search.get('lesion') === 'any' ? null : true, limit: LENGTH })
  return { list: (answer?.items ?? []).map((slice) => itemOfSlice(slice, cohortOf(search))), total: answer?.total ?? 0, problem, isLoading }
}

function itemOfStudy ({ id, category, mask, revision }: Study, cohort: string): Item {
  const hasLesion = mask !== null && mask.voxels > 0
  return {
    key: id,
    study: id,
    index: null,
    category,
    remark: hasLesion ? `${short(mask.volumeMl)} mL` : '',
    picture: address(`v1/studies/${encodeURIComponent(id)}/thumbnail.png`, { size: 640, overlay: hasLesion ? 'contour' : null, rev: revision }),
    alt: `The most representative slice of ${id}${hasLesion ? ', lesions outlined' : ''}`,
    open: studyAddress(id, cohort)
  }
}

function itemOfSlice ({ study, index, category, lesionPixels }: SliceRow, cohort: string): Item {
  const hasLesion = (lesionPixels ?? 0) > 0
  return {
    key: `${study}/${index}`,
    study,
    index,
    category,
    remark: hasLesion ? `${count(lesionPixels!)} px of lesion` : '',
    picture: address(`v1/studies/${encodeURIComponent(study)}/image/slices/${index}.png`, { size: 640, aspect: 'physical', overlay: hasLesion ? 'contour' : null }),
    alt: `Axial slice ${index} of ${study}${hasLesion ? ', lesions outlined' : ''}`,
    open: studyAddress(study, cohort, { slice: index })
  }
}

/** The next picture is asked for while this one is looked at. */
function usePrefetched (picture: string | undefined): void {
  useEffect(() => {
    if (picture !== undefined) new Image().src = picture
  }, [picture])
}
