import type { Category, Dataset, Statistics, Study, StudyList } from '../api/answers.js'
import { useAnswer } from '../api/use-answer.js'
import { Histogram } from '../parts/histogram.js'
import { bytes, count, percent, short } from '../parts/numbers.js'
import { Problem } from '../parts/problem.js'
import { Severity, toneOf } from '../parts/severity.js'
import { Thumbnail } from '../parts/thumbnail.js'
import { categories } from '../state/categories.js'
import { studyAddress } from '../state/cohort.js'
import { dataset, datasetProblem } from '../state/dataset.js'
import { address } from '../state/location.js'

/** What the dataset is, and how it is made up. */
export default function Overview () {
  const of = dataset.value
  // The revision is part of what is asked: while the catalog is built, the figures follow it.
  const { answer: statistics, problem } = useAnswer<Statistics>(of === undefined ? null : 'v1/stats', { rev: of?.revision })
  return (
    <div class='stack overview'>
      <Problem problem={datasetProblem.value?.code === 'unauthorized' ? undefined : datasetProblem.value} />
      {of !== undefined && <Title dataset={of} />}
      <Problem problem={problem?.code === 'revision-gone' ? undefined : problem} />
      <div class='halves'>
        {categories.value.length > 0 && <Categories categories={categories.value} />}
        <section class='sheet stack' aria-label='Distributions'>
          <div class='spread'><h2>Distribution of the studies</h2><p class='small muted'>each bar leads to its studies</p></div>
          <div class='three'>
            <Histogram title='Slices' range='Slices' isWhole leadsTo='studies' format={short} distribution={statistics?.slices} />
            <Histogram title='Slice spacing' range='Spacing' isWhole={false} leadsTo='studies' format={(mm) => `${short(mm)} mm`} distribution={statistics?.sliceSpacing} />
            <Histogram title='Lesion volume' range='LesionMl' isWhole={false} leadsTo='studies' format={(ml) => `${short(ml)} mL`} distribution={statistics?.lesionMl} />
          </div>
        </section>
      </div>
      {of?.labelSets !== undefined && of.labelSets.some(({ labels }) => labels.length > 0) && <LabelSets sets={of.labelSets} />}
      {statistics !== undefined && statistics.totals.ready > 0 && categories.value.length > 0 && <section class='sheet stack'>
        <div class='spread'><h2>One slice of each category</h2><p class='small muted'>the study with most lesion, else the first; lesions outlined; lung window</p></div>
        <ul class='figure'>{categories.value.map((category) => <CategorySlice key={category.id} category={category} />)}</ul>
      </section>}
    </div>
  )
}

function Title ({ dataset: { title, version, counts, catalog, license, url } }: { dataset: Dataset }) {
  const facts = [
    [count(counts.studies), 'studies', 'studies', ''],
    [count(counts.annotated), 'with a lesion mask', 'studies', '?annotated=true'],
    [count(counts.slices), 'axial slices', null, ''],
    [bytes(counts.bytes), 'in files', null, '']
  ] as const
  return (
    <header class='title-row'>
      <div>
        <h1>{title}{version !== null && <span class='muted'> {version}</span>}</h1>
        <p class='muted'>
          {license !== null && <>Licence <a href={license.url}>{license.name}</a></>}
          {url !== null && <> · <a href={url}>{new URL(url).hostname}</a></>}
          {license === null && url === null && 'Its licence is unknown.'}
        </p>
        {catalog.state === 'building' && <p class='progress-row small' role='status'><progress value={catalog.done} max={catalog.total} aria-label='Studies read' /> {count(catalog.done)} of {count(catalog.total)} studies read</p>}
      </div>
      <dl class='facts'>
        {facts.map(([value, name, to, query]) => (
          <div key={name}><dt>{name}</dt><dd>{to === null ? value : <a href={address(to + query)}>{value}</a>}</dd></div>
        ))}
      </dl>
    </header>
  )
}

/** Bars of the categories, the annotated part of each marked in it; a table by nature. */
function Categories ({ categories }: { categories: readonly Category[] }) {
  const most = Math.max(1, ...categories.map(({ studies }) => studies))
  return (
    <section class='sheet stack'>
      <div class='spread'><h2>Severity</h2><p class='small muted'><i class='key annotated' aria-hidden='true' /> with a lesion mask</p></div>
      <table class='categories'>
        <caption class='unseen'>Studies by category</caption>
        <thead class='unseen'><tr><th scope='col'>Category</th><th scope='col'>Meaning</th><th scope='col'>Studies</th><th scope='col'>Share</th><th scope='col'>With a mask</th></tr></thead>
        <tbody>
          {categories.map(({ id, severity, title, studies, share, annotated }) => (
            <tr key={id}>
              <th scope='row'><a href={address('studies', { category: id })}><Severity category={id} severity={severity} /></a></th>
              <td class='meaning'>
                <span class='small'>{title}</span>
                <span class='track' aria-hidden='true'><i style={{ inlineSize: `${100 * studies / most}%` }} data-severity={toneOf(severity)} />{annotated > 0 && <i class='annotated' style={{ inlineSize: `${100 * annotated / most}%` }} />}</span>
              </td>
              <td class='number'>{count(studies)}</td>
              <td class='number muted'>{percent(share)}</td>
              <td class='number'>{annotated === 0 ? <span class='muted'>–</span> : <a href={address('studies', { category: id, annotated: true })} aria-label={`${annotated} with a mask`}>{count(annotated)}</a>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

/** What is annotated: each label in its colour leads to the studies that have it. */
function LabelSets ({ sets }: { sets: NonNullable<Dataset['labelSets']> }) {
  return (
    <section class='sheet stack'>
      <div class='spread'><h2>Labels</h2><p class='small muted'>each leads to the studies that have it</p></div>
      {sets.map(({ name, labels }) => (
        <div key={name}>
          <h3>{name}</h3>
          <ul class='labels'>
            {labels.map((label) => <li key={label.name}><a class='swatched' href={address('studies', { hasLabel: label.name })}><i class='swatch' style={{ background: label.color }} aria-hidden='true' />{label.name}</a></li>)}
          </ul>
        </div>
      ))}
    </section>
  )
}

function CategorySlice ({ category: { id, severity, studies } }: { category: Category }) {
  const { answer } = useAnswer<StudyList>(studies === 0 ? null : 'v1/studies', { category: id, sort: '-lesionMl', limit: 1, status: 'ready' })
  const study: Study | undefined = answer?.items[0]
  return (
    <li>
      {study === undefined
        ? <span class='thumb words'>{studies === 0 ? 'no study' : answer === undefined ? '' : 'no picture'}</span>
        : <a href={studyAddress(study.id, `category=${id}`)} aria-label={`${study.id}, ${id}`}><Thumbnail study={study} size={240} /></a>}
      <Severity category={id} severity={severity} />
    </li>
  )
}
