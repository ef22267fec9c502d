import { useState } from 'preact/hooks'
import { address, params } from '../../state/location.js'
import { pictureQuery } from '../../state/picture-query.js'
import type { Neighbours } from '../../state/neighbours.js'
import type { Viewer } from '../../state/viewer.js'
import { runCommand } from '../../state/viewer-commands.js'
import { Icon } from './icon.js'
import { Verdict } from './verdict.js'

const COPIED_MS = 1_600

/** Where the service leads to a study in OHIF; undefined where it was told of no OHIF. */
const OHIF = typeof document === 'undefined' ? undefined : document.querySelector<HTMLMetaElement>('meta[name=niiserve-ohif]')?.content

/** Whose pictures these are, and ways to take the view along. */
export function Head ({ viewer, neighbours, addressOf, copyLink, openSolid }: {
  viewer: Viewer
  neighbours: Neighbours | undefined
  addressOf: (id: string) => string
  copyLink: () => Promise<void>
  openSolid: () => void
}) {
  const [copied, setCopied] = useState('')
  const study = viewer.studies.value[0]
  const facts = study?.facts
  const pane = viewer.active
  const slice = viewer.sliceOf(pane)
  const shown = viewer.studies.value[pane.study]
  const copy = () => {
    copyLink().then(() => setCopied('Copied'), () => setCopied('Copy the address bar'))
    setTimeout(() => setCopied(''), COPIED_MS)
  }
  return (
    <div class='v-head'>
      <h1>{viewer.studyId}</h1>
      {neighbours !== undefined && (
        <nav class='v-neighbours' aria-label='Studies'>
          <Neighbour id={neighbours.previous} name='Previous study (Page up)' text='‹' addressOf={addressOf} />
          <span>{neighbours.place + 1} of {neighbours.total}</span>
          <Neighbour id={neighbours.next} name='Next study (Page down)' text='›' addressOf={addressOf} />
        </nav>
      )}
      {facts?.category != null && <a class='v-category' href={address('studies', { category: facts.category })}>{facts.category}</a>}
      {facts?.shape != null && facts.spacing != null && (
        <p class='v-facts'>
          <span>{facts.shape.join(' × ')}</span><span>{facts.spacing.map((mm) => Number(mm.toFixed(2))).join(' × ')} mm</span><span title='Directions of i, j, k'>{facts.axes}</span>
          {facts.mask !== null && facts.labels === undefined && <span class='v-lesion-ml'>lesion {facts.mask.volumeMl.toFixed(1)} mL</span>}
        </p>
      )}
      {params.value.has('cohort') && <Verdict item={viewer.studyId} />}
      <div class='v-actions'>
        <button type='button' onClick={copy} title='Copy a link that shows exactly this'><Icon name='link' /><span aria-live='polite'>{copied === '' ? 'Copy link' : copied}</span></button>
        {slice !== undefined && shown !== undefined && (
          <a class='button' target='_blank' rel='noreferrer' title='This view as PNG, from the service' href={address(`v1/studies/${encodeURIComponent(shown.id)}/image/slices/${slice.index}.png`, pictureQuery(viewer.view.value, slice.plane, shown.mask !== undefined, shown.set === undefined ? undefined : { set: shown.set, names: shown.labels.map(({ name }) => name) }))}>
            <Icon name='picture' />PNG
          </a>
        )}
        {OHIF !== undefined && <a class='button' target='_blank' rel='noreferrer' title='This study in OHIF' href={address(`${OHIF}${encodeURIComponent(viewer.studyId)}`)}>OHIF</a>}
        <button type='button' onClick={openSolid} title='Show in 3-D with NiiVue' disabled={facts?.status !== 'ready'}><Icon name='solid' />3-D</button>
        <button type='button' class='v-square' onClick={() => runCommand(viewer, { name: 'help' })} title='Keys (?)' aria-label='Keys'><Icon name='help' /></button>
      </div>
    </div>
  )
}

function Neighbour ({ id, name, text, addressOf }: { id: string | undefined, name: string, text: string, addressOf: (id: string) => string }) {
  if (id === undefined) return <span class='v-step' aria-hidden='true'>{text}</span>
  return <a class='button v-step' href={addressOf(id)} title={`${name}: ${id}`} aria-label={`${name}: ${id}`}>{text}</a>
}
