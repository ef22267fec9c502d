import { useEffect, useRef } from 'preact/hooks'
import type { Distribution, Statistics, StudyList } from '../api/answers.js'
import { useAnswer } from '../api/use-answer.js'
import { CopyCohort } from '../parts/copy-cohort.js'
import { Facet } from '../parts/facet.js'
import { Gallery } from '../parts/gallery.js'
import { Histogram } from '../parts/histogram.js'
import { bytes, count, of, short } from '../parts/numbers.js'
import { Problem } from '../parts/problem.js'
import { StudyTable } from '../parts/study-table.js'
import { categories } from '../state/categories.js'
import { boundsOf, filtersIn, FILTERS, RANGES } from '../state/cohort.js'
import type { Range } from '../state/cohort.js'
import { dataset } from '../state/dataset.js'
import { address, here, params, set, url } from '../state/location.js'
import { numberIn } from '../state/search.js'
import type { Changes } from '../state/search.js'

const PAGE = 100
/** TotalSegmentator has 117 labels. */
const MOST_LABELS = 150

const STATUSES = [['ready', 'ready'], ['pending', 'being read'], ['missing', 'missing'], ['unreadable', 'unreadable']] as const

/** How each fact is found, written and bounded. */
const FACTS: Record<Range, { title: string, of: (statistics: Statistics) => Distribution, format: (value: number) => string, isWhole: boolean }> = {
  Slices: { title: 'Slices', of: ({ slices }) => slices, format: short, isWhole: true },
  Spacing: { title: 'Slice spacing', of: ({ sliceSpacing }) => sliceSpacing, format: (mm) => `${short(mm)} mm`, isWhole: false },
  LesionMl: { title: 'Lesion volume', of: ({ lesionMl }) => lesionMl, format: (ml) => `${short(ml)} mL`, isWhole: false },
  Bytes: { title: 'File size', of: (statistics) => statistics.bytes, format: bytes, isWhole: true }
}

const SORTS = [['id', 'id'], ['-severity', 'most severe first'], ['-lesionMl', 'most lesion first'], ['-slices', 'most slices first'], ['-spacing', 'widest spacing first'], ['-bytes', 'largest file first']] as const

/** Every study: found by facets and histograms, shown as a table or as pictures. */
export default function Studies () {
  const search = params.value
  const filters = filtersIn(search)
  const isGallery = search.get('view') === 'gallery'
  const list = useAnswer<StudyList>('v1/studies', { ...filters, facets: 'category,annotated,status,warned', sort: search.get('sort'), limit: PAGE, cursor: search.get('cursor') })
  const statistics = useAnswer<Statistics>('v1/stats', filters)
  const { answer, problem } = list
  return (
    <div class='catalog'>
      <h1 class='unseen'>Studies</h1>
      <Filters list={answer} statistics={statistics.answer} filters={filters} />
      <section class='stack results' aria-label='Studies that match'>
        <div class='toolbar'>
          <p class='total' role='status'>{answer === undefined ? ' ' : <><strong>{count(answer.total)}</strong> {answer.total === 1 ? 'study' : 'studies'}</>}</p>
          <SearchField />
          <label class='row'>Sort <SortField /></label>
          <div class='segmented' role='group' aria-label='Show as'>
            <a class='button' href={here({ view: null })} aria-current={isGallery ? undefined : 'true'}>Table</a>
            <a class='button' href={here({ view: 'gallery' })} aria-current={isGallery ? 'true' : undefined}>Gallery</a>
          </div>
          <a class='button' href={address('worklist', { ...filters, sort: search.get('sort') })}>As worklist</a>
          <CopyCohort />
        </div>
        <Problem problem={problem} />
        {answer !== undefined && (answer.total === 0
          ? <p class='sheet nothing'>No study matches the filters. <a href={url.value.pathname}>Show all</a></p>
          : isGallery ? <Gallery studies={answer.items} isLoading={list.isLoading} /> : <StudyTable studies={answer.items} isLoading={list.isLoading} />)}
        {answer !== undefined && <Pages list={answer} />}
      </section>
    </div>
  )
}

interface FiltersProps { list: StudyList | undefined, statistics: Statistics | undefined, filters: Record<string, string> }

function Filters ({ list, statistics, filters }: FiltersProps) {
  const search = params.value
  const chosen = FILTERS.filter((name) => search.has(name))
  // A name with a comma cannot stand in a list.
  const labelNames = [...new Map((dataset.value?.labelSets ?? []).flatMap(({ labels }) => labels).filter(({ name }) => !name.includes(',')).map((label) => [label.name, label])).values()].slice(0, MOST_LABELS)
  return (
    <details class='filters' open={window.innerWidth > 900}>
      <summary class='button'>Filters{chosen.length > 0 && ` (${chosen.length})`}</summary>
      <div class='sheet stack'>
        <h2 class='unseen'>Filters</h2>
        {chosen.length > 0 && <p><a href={here(Object.fromEntries([...FILTERS, 'cursor'].map((name) => [name, null])))}>Clear all filters</a></p>}
        {categories.value.length > 0 && <Facet title='Category' name='category' isSeveral counts={list?.facets?.['category']} values={categories.value.map(({ id, title }) => [id, <span key={id} title={title}>{id}</span>])} />}
        <Facet title='Lesion mask' name='annotated' counts={list?.facets?.['annotated']} values={[['true', 'with a mask'], ['false', 'without']]} />
        {labelNames.length > 0 && <Facet title='Labels' name='hasLabel' isSeveral counts={undefined} values={labelNames.map(({ name, color }) => [name, <span key={name} class='swatched'><i class='swatch' style={{ background: color }} aria-hidden='true' />{name}</span>])} />}
        {RANGES.map((range) => <RangeFilter key={range} range={range} filters={filters} statistics={statistics} />)}
        <Facet title='Status' name='status' isSeveral counts={list?.facets?.['status']} values={STATUSES} />
        <Facet title='Warnings' name='warned' counts={list?.facets?.['warned']} values={[['true', 'with warnings'], ['false', 'without']]} />
      </div>
    </details>
  )
}

/** The bars of a fact as if its own bounds were absent, so that they can be moved. */
function RangeFilter ({ range, filters, statistics }: { range: Range, filters: Record<string, string>, statistics: Statistics | undefined }) {
  const { title, of: distributionOf, format, isWhole } = FACTS[range]
  const [minName, maxName] = boundsOf(range)
  const [min, max] = [numberIn(params.value, minName), numberIn(params.value, maxName)]
  const isBounded = min !== undefined || max !== undefined
  const { [minName]: _min, [maxName]: _max, ...others } = filters
  const own = useAnswer<Statistics>(isBounded ? 'v1/stats' : null, others as Changes)
  // When a drag begins, what was shown without bounds is what is to be shown with them.
  const unbounded = useRef(statistics)
  if (!isBounded) unbounded.current = statistics
  const shown = isBounded ? own.answer ?? unbounded.current : statistics
  return <Histogram {...{ title, range, format, isWhole, min, max }} leadsTo='here' distribution={shown && distributionOf(shown)} />
}

/** Search as one types; the page is the state, so the field follows it. */
function SearchField () {
  const wait = useRef(0)
  const field = useRef<HTMLInputElement>(null)
  const text = params.value.get('search') ?? ''
  useEffect(() => {
    if (field.current !== null && field.current !== document.activeElement) field.current.value = text
  }, [text])
  return (
    <input
      ref={field} type='search' aria-label='Search by id' placeholder='Search by id' defaultValue={text}
      onInput={(event) => {
        const { value } = event.currentTarget
        clearTimeout(wait.current)
        wait.current = window.setTimeout(() => set({ search: value.trim(), cursor: null }, { replace: text !== '' }), 120)
      }}
    />
  )
}

function SortField () {
  const sort = params.value.get('sort') ?? 'id'
  const known = SORTS.some(([key]) => key === sort)
  return (
    <select value={sort} onChange={(event) => set({ sort: event.currentTarget.value === 'id' ? null : event.currentTarget.value, cursor: null })}>
      {SORTS.map(([key, label]) => <option key={key} value={key}>{label}</option>)}
      {!known && <option value={sort}>{sort.replace('-', '')}{sort.startsWith('-') ? ', descending' : ', ascending'}</option>}
    </select>
  )
}

function Pages ({ list }: { list: StudyList }) {
  const isFirst = !params.value.has('cursor')
  if (isFirst && list.nextCursor === null) return null
  return (
    <nav class='row pages' aria-label='Pages of the list'>
      {!isFirst && <a class='button' href={here({ cursor: null })}>First page</a>}
      {list.nextCursor !== null && <a class='button' href={here({ cursor: list.nextCursor })} onClick={() => window.scrollTo(0, 0)}>Next {PAGE}</a>}
      <span class='muted small'>{of(list.items.length, 'study', 'studies')} of {count(list.total)} on this page</span>
    </nav>
  )
}
