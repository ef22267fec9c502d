import { InvalidRequest } from '../errors.js'
import type { Plane } from '../nifti/slice.js'
import { sliceGeometry } from '../nifti/slice.js'
import { sheetOf } from '../render/montage.js'
import type { MontageSpec } from '../render/montage.js'
import { OVERLAY_COLOR, OVERLAY_OPACITY } from '../render/overlay.js'
import { legendOf } from '../render/legend.js'
import type { LabelLook, OverlayKind, Rgb } from '../render/overlay.js'
import { WINDOW_PRESETS, windowText } from '../render/window.js'
import type { Window } from '../render/window.js'
import type { OpenVolume } from '../volumes/open-volumes.js'
import { planPicture } from './slice-plan.js'
import type { PicturePlan } from './slice-plan.js'

/** Without `every`, a contact sheet shows at most this many slices, evenly spread. */
const TILES_BY_DEFAULT = 64

/** Most pixels of a contact sheet, rows times columns. */
const MAX_SHEET_PIXELS = 4096 * 4096

export interface SheetQuery {
  plane: Plane
  columns: number
  tile: number
  every: number | undefined
  window: Window | undefined
  overlay: OverlayKind
  overlayColor: Rgb | undefined
  overlayOpacity: number | undefined
  looks?: readonly LabelLook[]
  legend?: boolean
}

/** A contact sheet, planned before any voxel is read: its tiles in order, radiological. */
export interface SheetPlan {
  volume: OpenVolume
  mask: OpenVolume | null
  tiles: PicturePlan[]
  spec: MontageSpec
  etag: string
}

/**
 * @param mask the study's mask to lay over the image, or null for no overlay
 * @throws InvalidRequest for a sheet that would be too large, VolumeUnreadable when the mask does not fit
 */
export function planSheet (volume: OpenVolume, mask: OpenVolume | null, query: SheetQuery): SheetPlan {
  const { plane, columns, tile, window = WINDOW_PRESETS.lung, overlay, overlayColor, overlayOpacity, looks, legend } = query
  const entries = legend === true ? legendOf(looks ?? []) : []
  const { count } = sliceGeometry(volume.layout, plane, 0, 'radiological')
  const every = query.every ?? Math.ceil(count / TILES_BY_DEFAULT)
  const indices = Array.from({ length: Math.ceil(count / every) }, (_, n) => n * every)
  const sheet = sheetOf(indices.length, { columns, tile, overlay, legend: entries })
  if (sheet.rows * sheet.columns > MAX_SHEET_PIXELS) {
    throw new InvalidRequest([
      { parameter: 'tile', detail: `${indices.length} tiles of ${tile} pixels make ${sheet.columns}x${sheet.rows}; up to ${MAX_SHEET_PIXELS} pixels are drawn` },
      { parameter: 'every', detail: `${every} leaves ${indices.length} slices; a larger one leaves fewer` }
    ])
  }
  const look = { plane, window, overlay, overlayColor, overlayOpacity, orientation: 'radiological' as const, format: 'png' as const, bits: 8 as const, labels: false, size: undefined, aspect: 'voxel' as const, ...(looks !== undefined && { looks }), ...(legend !== undefined && { legend }) }
  const tiles = indices.map((index) => planPicture(volume, mask, { ...look, index }))
  const opacity = overlay === 'none' ? 0 : overlayOpacity ?? OVERLAY_OPACITY[overlay]
  return {
    volume,
    mask,
    tiles,
    spec: {
      columns,
      tile,
      window,
      overlay,
      overlayColor: overlayColor ?? OVERLAY_COLOR,
      overlayOpacity: opacity,
      ...(tiles[0]!.spec.overlayLooks !== undefined && { overlayLooks: tiles[0]!.spec.overlayLooks, overlayScaling: tiles[0]!.spec.overlayScaling! }),
      ...(entries.length > 0 && { legend: entries }),
      text: { Software: 'niiserve', Study: volume.study.id, Volume: volume.record.kind, Plane: plane, Every: String(every), Window: windowText(window) }
    },
    etag: `${tiles[0]!.etag.slice(0, -1)}.sheet.${columns}.${tile}.${every}"`
  }
}
