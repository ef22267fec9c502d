import { address } from '../state/location.js'
import type { PageProps } from './pages.js'

/** One study. */
export default function Viewer ({ studyId }: PageProps) {
  return (
    <section class='sheet'>
      <h1>{studyId}</h1>
      <img src={address(`v1/studies/${encodeURIComponent(studyId)}/montage.png`)} alt={`Contact sheet of ${studyId}`} />
    </section>
  )
}
