import type { Study } from '../api/answers.js'
import { params } from '../state/location.js'
import { cohortOf, studyAddress } from '../state/cohort.js'
import { short } from './numbers.js'
import { Severity } from './severity.js'
import { Thumbnail } from './thumbnail.js'

/** Studies as pictures, lesions outlined. */
export function Gallery ({ studies, isLoading }: { studies: readonly Study[], isLoading: boolean }) {
  const cohort = cohortOf(params.value, { sort: params.value.get('sort') })
  return (
    <ul class='gallery' aria-busy={isLoading}>
      {studies.map((study) => (
        <li key={study.id}>
          <a href={studyAddress(study.id, cohort)}>
            <Thumbnail study={study} size={176} />
            <span class='spread'>
              <span class='name'>{study.id}</span>
              {study.mask !== null && study.mask.voxels > 0 && <span class='lesion-ml'>{short(study.mask.volumeMl)} mL</span>}
            </span>
            <Severity category={study.category} severity={study.severity} />
          </a>
        </li>
      ))}
    </ul>
  )
}
