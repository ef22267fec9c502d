import { nameOf } from '../../image/labels.js'
import { toMm } from '../../image/affine.js'
import type { Viewer } from '../../state/viewer.js'

/** The line under the pictures: what is under the pointer, or at the crosshair, and how far the study has come. */
export function Status ({ viewer }: { viewer: Viewer }) {
  return (
    <div class='v-status'>
      <Probe viewer={viewer} />
      <Loading viewer={viewer} />
      <span class='v-caution'>Not for diagnosis</span>
    </div>
  )
}

function Probe ({ viewer }: { viewer: Viewer }) {
  const probe = viewer.probe.value
  const pane = probe?.pane ?? viewer.active
  const study = viewer.studies.value[pane.study]
  const voxel = probe?.voxel ?? viewer.positions.value[pane.study]
  const grid = study?.grid
  if (voxel === undefined || grid === undefined || study === undefined) return <span class='v-probe' />
  const [ni, nj] = grid.shape
  const at = voxel[0] + ni * (voxel[1] + nj * voxel[2])
  const slice = viewer.sliceOf(pane)
  const isHere = study.image !== undefined && slice !== undefined && (study.image.has(slice) || study.image.arrived[voxel[2]] === 1)
  const value = isHere ? study.image!.voxels[at] : undefined
  const annotated = isHere ? Number(study.mask?.voxels[at] ?? 0) : 0
  const label = annotated === 0 ? undefined : study.set === undefined ? 'lesion' : nameOf(study.labels, annotated) ?? String(annotated)
  const [x, y, z] = toMm(grid.affine, voxel)
  const side = (mm: number, positive: string, negative: string) => `${mm < 0 ? negative : positive} ${Math.abs(mm).toFixed(1)}`
  return (
    <span class='v-probe' data-voxel={voxel.join()}>
      <b class='v-hu'>{value === undefined ? '…' : `${Number(value.toPrecision(7))} HU`}</b>
      <span class='v-mm' title='Position in the scanner, from its origin'>{side(x, 'R', 'L')} {side(y, 'A', 'P')} {side(z, 'S', 'I')} mm</span>
      <span class='v-voxel' title='Voxel i, j, k'>({voxel.join(', ')})</span>
      {label !== undefined && <span class='v-in-lesion'>{label}</span>}
    </span>
  )
}

function Loading ({ viewer }: { viewer: Viewer }) {
  const studies = viewer.studies.value
  const bytes = (pick: (volume: { received: number, voxels: { byteLength: number } }) => number) =>
    studies.flatMap(({ image, mask }) => [image, mask]).reduce((sum, volume) => sum + (volume === undefined ? 0 : pick(volume)), 0)
  const [received, all] = [bytes((volume) => volume.received), bytes((volume) => volume.voxels.byteLength)]
  const troubles = studies.flatMap(({ id, maskProblem, facts }) => [...maskProblem === undefined ? [] : [`Mask of ${id}: ${maskProblem.message}`], ...facts?.warnings ?? []])
  const isLoading = studies.some((study) => study.isLoading)
  return (
    <span class='v-loading'>
      {troubles.length > 0 && <span class='v-trouble' title={troubles.join('\n')}>{troubles[0]}</span>}
      {isLoading && all > 0 && received < all && (
        <><progress max={all} value={received} aria-label='Study loaded' /> {(received / 1e6).toFixed(0)} of {(all / 1e6).toFixed(0)} MB</>
      )}
    </span>
  )
}
