import type { Study } from '../api/answers.js'
import { here, params } from '../state/location.js'
import { cohortOf, studyAddress } from '../state/cohort.js'
import { bytes, short } from './numbers.js'
import { Severity } from './severity.js'
import { Thumbnail } from './thumbnail.js'

/** Columns; those with a sort key sort the whole list. */
const COLUMNS: readonly { label: string, sort?: string, isNumber?: boolean }[] = [
  { label: 'Slice' },
  { label: 'Study', sort: 'id' },
  { label: 'Category', sort: 'severity' },
  { label: 'Slices', sort: 'slices', isNumber: true },
  { label: 'Spacing', sort: 'spacing', isNumber: true },
  { label: 'Lesion', sort: 'lesionMl', isNumber: true },
  { label: 'HU from', sort: 'huMin', isNumber: true },
  { label: 'to', sort: 'huMax', isNumber: true },
  { label: 'File', sort: 'bytes', isNumber: true },
  { label: 'Remarks' }
]

/** Studies in rows. */
export function StudyTable ({ studies, isLoading }: { studies: readonly Study[], isLoading: boolean }) {
  const sort = params.value.get('sort') ?? 'id'
  const cohort = cohortOf(params.value, { sort: params.value.get('sort') })
  return (
    <div class='scroll'>
      <table class='studies' aria-busy={isLoading}>
        <thead>
          <tr>
            {COLUMNS.map(({ label, sort: key, isNumber }) => (
              <th key={label} scope='col' class={isNumber ? 'number' : ''} aria-sort={key === undefined ? undefined : sort === key ? 'ascending' : sort === `-${key}` ? 'descending' : undefined}>
                {key === undefined ? label : <a href={here({ sort: nextSort(sort, key), cursor: null })}>{label}<span aria-hidden='true'>{sort === key ? ' ↑' : sort === `-${key}` ? ' ↓' : ''}</span></a>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{studies.map((study) => <StudyRow key={study.id} study={study} cohort={cohort} />)}</tbody>
      </table>
    </div>
  )
}

function StudyRow ({ study, cohort }: { study: Study, cohort: string }) {
  const { id, category, severity, shape, mask, intensity, file, problem, warnings } = study
  const axial = axialAxis(study)
  return (
    <tr>
      <td class='thumb-cell'><Thumbnail study={study} size={40} /></td>
      <th scope='row'><a href={studyAddress(id, cohort)}>{id}</a></th>
      <td><Severity category={category} severity={severity} /></td>
      <td class='number'>{axial === null ? '' : shape?.[axial]}</td>
      <td class='number'>{axial === null || study.spacing === null ? '' : <>{short(study.spacing[axial]!)} <small>mm</small></>}</td>
      <td class='number'>{mask === null ? '' : <>{short(mask.volumeMl)} <small>mL</small></>}</td>
      <td class='number'>{intensity?.min == null ? '' : Math.round(intensity.min)}</td>
      <td class='number'>{intensity?.max == null ? '' : Math.round(intensity.max)}</td>
      <td class='number'>{file === null ? '' : bytes(file.bytes)}</td>
      <td class='remarks'><Remarks problem={problem} warnings={warnings} /></td>
    </tr>
  )
}

/** What is wrong with a study, and what is to be known of it; whole sentences on demand. */
export function Remarks ({ problem, warnings }: Pick<Study, 'problem' | 'warnings'>) {
  const all = [...problem === null ? [] : [problem], ...warnings]
  if (all.length === 0) return null
  return <span class={problem === null ? 'warned' : 'broken'} title={all.join('\n')}>{all[0]}{all.length > 1 && ` (and ${all.length - 1} more)`}</span>
}

/** The stored axis from feet to head; null where it is not known. */
function axialAxis ({ axes, shape }: Study): number | null {
  const found = axes?.search(/[SI]/) ?? -1
  return shape === null || found < 0 ? null : found
}

/** Lists of numbers begin with the greatest, as one looks for what stands out. */
function nextSort (current: string, key: string): string | null {
  const first = key === 'id' || key === 'huMin' ? key : `-${key}`
  const other = first === key ? `-${key}` : key
  return current === first ? other : first === 'id' ? null : first
}
