import type { SliceRowList, Split, StudyList } from '../api/answers.js'
import { useAnswer } from '../api/use-answer.js'
import { ArrayTile } from '../parts/array-tile.js'
import { count, percent } from '../parts/numbers.js'
import { Problem } from '../parts/problem.js'
import { Severity, toneOf } from '../parts/severity.js'
import { categories } from '../state/categories.js'
import { address, here, params, url } from '../state/location.js'

const PARTS = ['train', 'val', 'test'] as const
const SIZES = ['64x64', '128x128', '224x224', '256x256', '512x512'] as const
const DTYPES = ['uint8', 'float32', 'float16'] as const
const WINDOWS = ['lung', 'mediastinal', 'bone'] as const
const BATCH = 16

/** A split that anyone can make again, and a batch from it as a network would get it. */
export default function Training () {
  const search = params.value
  const value = (name: string, byDefault: string) => search.get(name) ?? byDefault
  const seed = value('seed', '0')
  const ratios = value('ratios', '0.7,0.15,0.15')
  const annotated = search.get('annotated')
  const split = useAnswer<Split>('v1/splits', { seed, ratios, annotated })
  const look = { window: value('window', 'lung'), size: value('size', '128x128'), dtype: value('dtype', 'uint8') }
  const part = value('part', 'train')
  const draw = value('draw', '0')
  const filter = { split: part, seed, ratios, annotated, lesion: search.get('lesion') === 'true' ? true : null, shuffle: draw }
  const batch = useAnswer<SliceRowList>('v1/slices', { ...filter, limit: BATCH })
  return (
    <div class='stack'>
      <header class='toolbar'><h1>Training</h1><p class='muted'>Splits and batches: the same on every machine, for the same numbers</p></header>
      <form class='sheet training-form' action={url.value.pathname} method='get'>
        <label>Seed<input name='seed' type='number' min='0' step='1' value={seed} /></label>
        <label>Ratios<input name='ratios' value={ratios} size={14} /></label>
        <Choice name='annotated' label='Masks' value={annotated ?? ''} values={[['', 'all studies'], ['true', 'with a mask']]} />
        <Choice name='part' label='Batch from' value={part} values={PARTS.map((one) => [one, one])} />
        <Choice name='lesion' label='Slices' value={search.get('lesion') ?? ''} values={[['', 'all'], ['true', 'with lesion']]} />
        <label>Draw<input name='draw' type='number' min='0' step='1' value={draw} /></label>
        <Choice name='window' label='Window' value={look.window} values={WINDOWS.map((one) => [one, one])} />
        <Choice name='size' label='Size' value={look.size} values={SIZES.map((one) => [one, one.replace('x', ' × ')])} />
        <Choice name='dtype' label='Type' value={look.dtype} values={DTYPES.map((one) => [one, one])} />
        <button class='primary'>Show</button>
      </form>
      <div class='halves'>
        <section class='sheet stack'>
          <div class='spread'><h2>Split</h2>{split.answer !== undefined && <p class='small muted'>hash <code>{split.answer.hash.slice(0, 12)}</code></p>}</div>
          <Problem problem={split.problem} />
          {split.answer !== undefined && <Balance split={split.answer} query={{ seed, ratios, annotated }} />}
        </section>
        <section class='sheet stack'>
          <div class='spread'>
            <h2>A batch of {BATCH}</h2>
            <a class='button' href={here({ draw: Number(draw) + 1 })}>Draw again</a>
          </div>
          <p class='small muted'>Each tile is the array itself, fetched as <code>.raw</code> and drawn value by value: {look.window} window, {look.size.replace('x', ' × ')}, {look.dtype}.</p>
          <Problem problem={batch.problem} />
          {batch.answer?.total === 0 && <p class='muted'>No slice matches.</p>}
          <ul class='tiles'>
            {batch.answer?.items.map((slice) => <ArrayTile key={`${slice.study}/${slice.index}`} slice={slice} look={look} />)}
          </ul>
          <p class='small'><a href={address('v1/webdataset.tar', { ...filter, ...look, arrays: annotated === 'true' ? 'image,mask' : 'image' })}>The same as a WebDataset stream</a></p>
        </section>
      </div>
    </div>
  )
}

function Choice ({ name, label, value, values }: { name: string, label: string, value: string, values: readonly (readonly [string, string])[] }) {
  return <label>{label}<select name={name} value={value}>{values.map(([one, words]) => <option key={one} value={one} selected={one === value}>{words}</option>)}</select></label>
}

/** How the categories are shared out: equal shares in every part are what stratifying is for. */
function Balance ({ split, query }: { split: Split, query: Record<string, string | null> }) {
  const counts = PARTS.map((part) => useAnswer<StudyList>('v1/studies', { ...query, split: part, facets: 'category', limit: 1 }).answer?.facets?.['category'] ?? {})
  return (
    <table class='balance'>
      <caption class='unseen'>Studies of each category in each part</caption>
      <thead><tr><th scope='col'>Category</th>{PARTS.map((part) => <th key={part} scope='col' class='number'>{part} <span class='muted'>{count(split[part].length)}</span></th>)}</tr></thead>
      <tbody>
        {categories.value.map(({ id, severity }) => (
          <tr key={id}>
            <th scope='row'><Severity category={id} severity={severity} /></th>
            {PARTS.map((part, n) => {
              const studies = counts[n]![id] ?? 0
              const share = studies / Math.max(1, split[part].length)
              return (
                <td key={part} class='number'>
                  <a href={address('studies', { ...query, split: part, category: id })}>{count(studies)}</a> <span class='muted small'>{percent(share)}</span>
                  <span class='track' aria-hidden='true'>{share > 0 && <i style={{ inlineSize: `${100 * share}%` }} data-severity={toneOf(severity)} />}</span>
                </td>
              )
            })}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
