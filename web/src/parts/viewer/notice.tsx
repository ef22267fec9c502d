import type { Slice } from '../../image/planes.js'
import type { OpenStudy } from '../../volume/open-study.js'

/** What is the matter, by the problem's code: a headline for where the picture would be. */
const HEADLINES: Readonly<Record<string, string>> = {
  'volume-unreadable': 'This study is damaged and is not drawn',
  'volume-missing': 'The file of this study is missing',
  'study-not-found': 'There is no such study',
  'slice-not-found': 'There is no such slice',
  unauthorized: 'A key is needed',
  unreachable: 'The service does not answer',
  'catalog-building': 'This study is still being read',
  overloaded: 'The service is busy'
}
/** Trying again does not help until somebody has mended the file. */
const FINAL = ['volume-unreadable', 'study-not-found']

/** Words where the picture would be. */
export function Notice ({ study, slice, isDrawn, retry }: { study: OpenStudy | undefined, slice: Slice | undefined, isDrawn: boolean, retry: () => void }) {
  const { problem, waiting } = study ?? {}
  if (problem !== undefined) {
    const code = (problem as { code?: string }).code ?? ''
    return (
      <div class='v-notice' role='alert'>
        <strong>{HEADLINES[code] ?? 'This study cannot be shown'}</strong>
        <p>{problem.message}</p>
        {!FINAL.includes(code) && <button onClick={retry}>Try again</button>}
      </div>
    )
  }
  if (waiting !== undefined && !isDrawn) {
    return <div class='v-notice' role='status'><strong>{HEADLINES[(waiting as { code?: string }).code ?? ''] ?? 'Waiting'}</strong><p>{waiting.message}</p></div>
  }
  if (isDrawn) return null
  return <div class='v-notice v-quiet' role='status'>{slice === undefined ? 'Loading…' : `Loading ${slice.plane} slice ${slice.index}…`}</div>
}
