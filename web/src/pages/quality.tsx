import type { QualityAnswer, QualityItem, Study, StudyList } from '../api/answers.js'
import { useAnswer } from '../api/use-answer.js'
import { bytes, count, short } from '../parts/numbers.js'
import { Problem } from '../parts/problem.js'
import { Remarks } from '../parts/study-table.js'
import { categories } from '../state/categories.js'
import { cohortOf, filtersIn, studyAddress } from '../state/cohort.js'
import { address, here, params, set } from '../state/location.js'

const SHOWN = 12
const OUTLIERS = 4
const SHEETS = 12

/** Where each fact ends: the studies at either end of the whole list. */
const ENDS: readonly { title: string, sort: string, value: (study: Study) => string }[] = [
  { title: 'Fewest slices', sort: 'slices', value: ({ shape }) => shape === null ? '' : `${short(Math.min(...shape))}` },
  { title: 'Most slices', sort: '-slices', value: ({ shape }) => shape === null ? '' : `${short(Math.min(...shape))}` },
  { title: 'Narrowest spacing', sort: 'spacing', value: ({ spacing }) => spacing === null ? '' : `${short(Math.max(...spacing))} mm` },
  { title: 'Widest spacing', sort: '-spacing', value: ({ spacing }) => spacing === null ? '' : `${short(Math.max(...spacing))} mm` },
  { title: 'Lowest HU', sort: 'huMin', value: ({ intensity }) => intensity?.min == null ? '' : `${short(intensity.min)} HU` },
  { title: 'Highest HU', sort: '-huMax', value: ({ intensity }) => intensity?.max == null ? '' : `${short(intensity.max)} HU` },
  { title: 'Smallest files', sort: 'bytes', value: ({ file }) => file === null ? '' : bytes(file.bytes) },
  { title: 'Largest files', sort: '-bytes', value: ({ file }) => file === null ? '' : bytes(file.bytes) }
]

/** What is broken, what is odd, and all of it at a glance. */
export default function Quality () {
  const filters = filtersIn(params.value)
  return (
    <div class='stack'>
      <header class='toolbar'>
        <h1>Quality</h1>
        <p class='muted'>Unreadable files, warnings and outliers</p>
        <label class='row end'>
          Category
          <select value={params.value.get('category') ?? ''} onChange={(event) => set({ category: event.currentTarget.value, cursor: null })}>
            <option value=''>all</option>
            {categories.value.map(({ id }) => <option key={id} value={id}>{id}</option>)}
          </select>
        </label>
      </header>
      <div class='halves'>
        <Remarked title='Missing or unreadable' query={{ ...filters, problem: 'true' }} none='Every file exists and is readable.' />
        <Remarked title='Warnings' query={{ ...filters, warned: 'true', problem: 'false' }} none='There are no warnings.' />
      </div>
      <Findings />
      <section class='sheet stack'>
        <div class='spread'><h2>Outliers</h2><p class='small muted'>the ends of each list, of ready studies</p></div>
        <div class='ends'>{ENDS.map((end) => <End key={end.sort} {...end} filters={filters} />)}</div>
      </section>
      <Wall filters={filters} />
    </div>
  )
}

function Remarked ({ title, query, none }: { title: string, query: Record<string, string>, none: string }) {
  const { answer, problem } = useAnswer<StudyList>('v1/studies', { ...query, limit: SHOWN })
  const cohort = cohortOf(new URLSearchParams(query))
  return (
    <section class='sheet stack'>
      <div class='spread'>
        <h2>{title} {answer !== undefined && <span class='muted'>{count(answer.total)}</span>}</h2>
        {answer !== undefined && answer.total > 0 && <a class='small' href={address('studies', query)}>all in Studies</a>}
      </div>
      <Problem problem={problem} />
      {answer?.total === 0 && <p class='muted'>{none}</p>}
      {answer !== undefined && answer.total > 0 && (
        <ul class='remarked'>
          {answer.items.map((study) => <li key={study.id}><a href={studyAddress(study.id, cohort)}>{study.id}</a><Remarks problem={study.problem} warnings={study.warnings} /></li>)}
        </ul>
      )}
    </section>
  )
}

const KIND_WORDS: Record<QualityItem['kind'], string> = {
  'forms-differ': 'sform and qform differ',
  'affine-identity': 'Identity affine',
  'affine-sheared': 'Sheared affine',
  'shape-mismatch': 'Image and label differ in shape',
  'affine-mismatch': 'Image and label differ in affine',
  'not-hu': 'Values that may not be HU',
  'label-unknown': 'Values outside the table of labels',
  'label-fraction': 'Labels with fractions',
  'mask-empty': 'Empty masks',
  'voxels-equal': 'Equal voxels',
  'text-identifying': 'Texts that may identify a person or a moment',
  'id-clash': 'Two files with one id'
}

/** What the files' headers, values and texts say, kind by kind: the first of each, and where all are. */
function Findings () {
  const { answer, problem } = useAnswer<QualityAnswer>('v1/qc.json', {})
  const kinds = [...new Set(answer?.items.map(({ kind }) => kind))]
  return (
    <section class='sheet stack' aria-label='Findings'>
      <div class='spread'>
        <h2>Findings {answer !== undefined && <span class='muted'>{count(answer.items.length)}</span>}</h2>
        <p class='small muted'>affines are equal within {answer?.tolerance ?? 0.001} mm · <a href={address('v1/qc.csv')}>as a table</a></p>
      </div>
      <Problem problem={problem} />
      {answer !== undefined && kinds.length === 0 && <p class='muted'>Nothing was found in headers, values and texts.</p>}
      <div class='ends'>
        {kinds.map((kind) => {
          const items = answer!.items.filter((item) => item.kind === kind)
          return (
            <div key={kind}>
              <h3>{KIND_WORDS[kind]} <span class='muted'>{count(items.length)}</span></h3>
              <ol>
                {items.slice(0, SHOWN).map(({ study, severity, detail, picture }, n) => (
                  <li key={`${study} ${n}`} title={detail}>
                    <a href={studyAddress(study)}>{study}</a>
                    <span class='small muted'>{severity}{picture !== null && <> · <a href={picture} aria-label={`Picture of ${study}: ${KIND_WORDS[kind]}`}>picture</a></>}</span>
                  </li>
                ))}
              </ol>
            </div>
          )
        })}
      </div>
    </section>
  )
}

function End ({ title, sort, value, filters }: typeof ENDS[number] & { filters: Record<string, string> }) {
  const query = { ...filters, status: 'ready', sort }
  const { answer } = useAnswer<StudyList>('v1/studies', { ...query, limit: OUTLIERS })
  return (
    <div>
      <h3><a href={address('studies', query)}>{title}</a></h3>
      <ol>
        {answer?.items.map((study) => <li key={study.id}><a href={studyAddress(study.id, cohortOf(new URLSearchParams(query), { sort }))}>{study.id}</a><span class='number'>{value(study)}</span></li>)}
      </ol>
    </div>
  )
}

/** Contact sheets side by side: an odd one is seen before it is known why. */
function Wall ({ filters }: { filters: Record<string, string> }) {
  const search = params.value
  const { answer, problem } = useAnswer<StudyList>('v1/studies', { ...filters, status: 'ready', limit: SHEETS, cursor: search.get('cursor') })
  return (
    <section class='sheet stack'>
      <div class='spread'>
        <h2>Contact sheets</h2>
        <nav class='row' aria-label='Pages of contact sheets'>
          {search.has('cursor') && <a class='button' href={here({ cursor: null })}>First</a>}
          {answer?.nextCursor != null && <a class='button' href={here({ cursor: answer.nextCursor })}>Next {SHEETS}</a>}
        </nav>
      </div>
      <Problem problem={problem} />
      {answer?.total === 0 && <p class='muted'>No image can be read yet.</p>}
      <ul class='wall'>
        {answer?.items.map((study) => (
          <li key={study.id}>
            <a href={studyAddress(study.id, cohortOf(search))}>
              <img loading='lazy' decoding='async' alt={`Contact sheet of ${study.id}`} width='384' height='256' src={address(`v1/studies/${encodeURIComponent(study.id)}/montage.png`, { columns: 6, tile: 64, every: Math.max(1, Math.ceil(Math.min(...study.shape ?? [1]) / 24)), rev: study.revision })} />
              <span class='spread'><span>{study.id}</span><span class='muted small'>{study.category}</span></span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  )
}
