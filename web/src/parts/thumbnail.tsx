import { useState } from 'preact/hooks'
import type { Study } from '../api/answers.js'
import { address } from '../state/location.js'

const STATUS_WORDS = { ready: '', pending: 'being read', missing: 'file missing', unreadable: 'unreadable' } as const

/** One telling slice of a study, its lesions outlined; in words where there is no picture. `size` in CSS pixels. */
export function Thumbnail ({ study, size, window = 'lung' }: { study: Study, size: number, window?: string }) {
  const [isBroken, setBroken] = useState(false)
  const words = isBroken ? 'no picture' : STATUS_WORDS[study.status]
  const hasLesion = study.annotated && study.mask !== null && study.mask.voxels > 0
  if (words !== '') return <span class={`thumb words ${study.status}`} style={{ inlineSize: `${size}px` }} title={words}>{size < 64 ? '–' : words}</span>
  const query = {
    size: Math.min(1024, Math.max(64, Math.ceil(size * (size > 100 ? 1.25 : 2) / 32) * 32)),
    window: window === 'lung' ? null : window,
    overlay: hasLesion ? 'contour' : null,
    rev: study.revision
  }
  return (
    <img
      class='thumb' loading='lazy' decoding='async' width={size} height={size}
      src={address(`v1/studies/${encodeURIComponent(study.id)}/thumbnail.png`, query)}
      alt={hasLesion ? `Slice of ${study.id} with most lesion, outlined` : `Middle slice of ${study.id}`}
      onError={() => setBroken(true)}
    />
  )
}
