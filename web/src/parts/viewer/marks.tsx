import { distanceMm, type Point } from '../../image/affine.js'
import { gather } from '../../image/gather.js'
import { roiStatistics } from '../../image/measure.js'
import type { Slice } from '../../image/planes.js'
import type { Size } from '../../image/stage.js'
import type { Measurement } from '../../state/view.js'
import type { Pane, Viewer } from '../../state/viewer.js'
import type { OpenStudy } from '../../volume/open-study.js'
import { onStage } from './pane-pointer.js'

/** The gap of the crosshair around its voxel, CSS pixels: what is looked at is not drawn over. */
const GAP = 9

/** Crosshair, rulers and ellipses over a picture. */
export function Marks ({ viewer, pane, slice, size }: { viewer: Viewer, pane: Pane, slice: Slice, size: Size }) {
  const { layout, tool, measurements } = viewer.view.value
  const study = viewer.studies.value[pane.study]!
  const at = viewer.positions.value[pane.study]
  const isCrossShown = layout === 'three' || ['cross', 'ruler', 'roi'].includes(tool)
  const draft = viewer.draft.value
  const drawn = draft === undefined ? measurements : [...measurements, draft.a === draft.b && at !== undefined ? { ...draft, b: at } : draft]
  const here = drawn.filter((one) => one.study === pane.study && one.plane === pane.plane && isOn(one, slice))
  return (
    <svg class='v-marks' width={size.width} height={size.height} aria-hidden='true'>
      {isCrossShown && at !== undefined && <Cross place={onStage(viewer, slice, at, size)} size={size} />}
      {here.map((one, n) => <Measured key={n} measurement={one} viewer={viewer} study={study} slice={slice} size={size} />)}
    </svg>
  )
}

const isOn = ({ a, b }: Measurement, { normalAxis, index }: Slice) => Math.round(a[normalAxis]) === index && Math.round(b[normalAxis]) === index

function Cross ({ place: { x, y }, size: { width, height } }: { place: { x: number, y: number }, size: Size }) {
  return <path class='v-cross' d={`M0 ${y}H${x - GAP}M${x + GAP} ${y}H${width}M${x} 0V${y - GAP}M${x} ${y + GAP}V${height}`} />
}

function Measured ({ measurement, viewer, study, slice, size }: { measurement: Measurement, viewer: Viewer, study: OpenStudy, slice: Slice, size: Size }) {
  const { kind, a, b } = measurement
  const [from, to] = [onStage(viewer, slice, a, size), onStage(viewer, slice, b, size)]
  const lines = measured(measurement, study, slice)
  const text = { x: Math.max(from.x, to.x) + 8, y: kind === 'ruler' ? (from.x > to.x ? from.y : to.y) : (from.y + to.y) / 2 }
  const shape = kind === 'ruler'
    ? <path class='v-measure' d={`M${from.x} ${from.y}L${to.x} ${to.y}`} />
    : <ellipse class='v-measure' cx={(from.x + to.x) / 2} cy={(from.y + to.y) / 2} rx={Math.abs(to.x - from.x) / 2} ry={Math.abs(to.y - from.y) / 2} />
  return (
    <g>
      {shape}
      {kind === 'ruler' && [from, to].map(({ x, y }, n) => <circle key={n} class='v-end' cx={x} cy={y} r={3} />)}
      {lines.map((line, n) => <text key={n} class='v-value' x={text.x} y={text.y + n * 15}>{line}</text>)}
    </g>
  )
}

/** What a measurement says: millimetres, or mean and standard deviation in HU. */
export function measured ({ kind, a, b }: Measurement, { grid, image }: OpenStudy, slice: Slice): string[] {
  if (grid === undefined) return []
  if (kind === 'ruler') return [`${distanceMm(grid.affine, onSlice(a, slice), onSlice(b, slice)).toFixed(1)} mm`]
  if (image?.has(slice) !== true) return []
  const found = roiStatistics(gather(image.voxels, slice), slice, grid.affine, a, b)
  if (found === undefined) return ['no voxel inside']
  return [`${found.mean.toFixed(1)} ± ${found.sd.toFixed(1)} HU`, `${(found.areaMm2 / 100).toFixed(2)} cm², ${found.voxels} voxels`]
}

const onSlice = (voxel: Point, { normalAxis, index }: Slice): Point => voxel.map((value, axis) => axis === normalAxis ? index : value) as unknown as Point
