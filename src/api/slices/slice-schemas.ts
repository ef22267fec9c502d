import { Type } from 'typebox'
import type { Static, TObject } from 'typebox'
import { InvalidRequest } from '../../errors.js'
import { ORIENTATIONS, PLANES } from '../../nifti/slice.js'
import { parseColor } from '../../render/overlay.js'
import { parseWindow } from '../../render/window.js'
import type { ValueLook } from '../../catalog/label-rows.js'
import type { Services } from '../../services.js'
import { ASPECTS } from '../../views/slice-plan.js'
import type { OpenVolume } from '../../volumes/open-volumes.js'
import { named, oneOf, StudyId, Volume } from '../../http/contract/schemas.js'
import { sizeString, windowString } from '../../http/contract/texts.js'

export const SliceParams = Type.Object({
  studyId: StudyId,
  volume: Volume,
  index: Type.Integer({ description: 'index of the slice along the stored axis of the plane, from 0, in stored order', examples: [17] })
})

/** What every slice route takes. */
export const sliceQuery = {
  plane: named('Plane', oneOf(PLANES, { default: 'axial', description: 'plane of the slices: perpendicular to the stored axis closest to superior–inferior (axial), anterior–posterior (coronal) or right–left (sagittal)' })),
  size: Type.Optional(sizeString({ description: 'size of the result in pixels: `N` for the longer side or `WxH`, up to 4096; applied last; interpolation is linear for images, nearest neighbour for masks', examples: ['256', '320x240'] }))
}

/** Which channel of an image. */
export const channel = Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'index or name of the channel, for an image with several; default: the first', examples: ['0'] }))

/** The image, in the channel that is asked for, or the mask. @throws InvalidRequest for a channel of a mask; as `ImageChannels.open` */
export function openAsked ({ volumes, channels }: Services, studyId: string, kind: 'image' | 'mask', channel: string | undefined): OpenVolume {
  if (kind === 'image') return channels.open(studyId, channel)
  if (channel !== undefined) throw new InvalidRequest([{ parameter: 'channel', detail: 'is of an image; a mask has none' }])
  return volumes.open(studyId, 'mask')
}

const WINDOW = 'window in HU: `lung` (−600/1500), `mediastinal` (40/400), `bone` (400/1800) or `center,width`'

export const arrayWindow = Type.Optional(windowString({ description: WINDOW, examples: ['lung', '-600,1500'] }))
export const pictureWindow = Type.Optional(windowString({ description: `${WINDOW}; default \`lung\``, examples: ['lung', '-600,1500'] }))

export function orientationWith (byDefault: typeof ORIENTATIONS[number]) {
  return oneOf(ORIENTATIONS, { default: byDefault, description: 'order of rows and columns; `native`: as stored; `radiological`: the patient\'s right is on the left, anterior or superior is up' })
}

export function aspectWith (byDefault: string) {
  return Type.Optional(named('Aspect', oneOf(ASPECTS, { description: `shape of the pixels; \`voxel\`: as stored; \`physical\`: the coarser axis is stretched until pixels are square in mm; default: ${byDefault}` })))
}

/** How a mask is laid over a picture. */
export const overlayQuery = {
  overlay: named('Overlay', oneOf(['none', 'mask', 'contour', 'labels'], { default: 'none', description: 'what to draw over the image: the filled `mask`, its `contour`, or `labels`, each in its colour' })),
  label: Type.Optional(Type.String({ minLength: 1, maxLength: 512, description: 'with `overlay`: comma-separated names or values of the labels to draw; default: all', examples: ['tumour', '1,3'] })),
  set: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'with `overlay`: name of the label set; default: the first', examples: ['labels'] })),
  legend: Type.Boolean({ default: false, description: 'with `overlay=labels`: whether to draw the names of the labels' }),
  overlayColor: Type.Optional(Type.String({ pattern: '^[0-9A-Fa-f]{6}$', description: 'colour of the mask or contour as RRGGBB; default: FF4040', examples: ['FF4040'] })),
  overlayOpacity: Type.Optional(Type.Number({ minimum: 0, maximum: 1, description: 'opacity of the overlay; default: 0.4 for mask and labels, 1 for contour', examples: [0.4] }))
}

export const SLICE_PROBLEMS = ['study-not-found', 'mask-not-found', 'slice-not-found', 'volume-missing', 'orientation-unknown', 'volume-unreadable', 'catalog-building'] as const

type OverlayQuery = Static<TObject<typeof overlayQuery>>
type PictureLook = OverlayQuery & { window?: string }

/** What is laid over the image of a study, as the query asks for it. @throws as `LabelVolumes.overlay` */
export function overlayOf ({ labels }: Services, studyId: string, { overlay, set, label }: OverlayQuery): Laid {
  return overlay === 'none' ? { volume: null } : labels.overlay(studyId, overlay, set, label)
}

/** A mask or label map, and how the values of the latter are drawn. */
export interface Laid { volume: OpenVolume | null, looks?: ValueLook[] }

/** Window and overlay of a picture, as a query asks for them. @throws InvalidRequest naming `window`, or a label that is laid over nothing */
export function lookOf ({ window, overlay, label, set, legend, overlayColor, overlayOpacity }: PictureLook, { looks }: Laid) {
  for (const [parameter, value] of Object.entries({ label, set })) {
    if (overlay === 'none' && value !== undefined) throw new InvalidRequest([{ parameter, detail: 'needs an overlay: overlay=mask, contour or labels' }])
  }
  return {
    window: window === undefined ? undefined : parseWindow(window),
    overlay,
    legend,
    ...(looks !== undefined && { looks }),
    overlayColor: overlayColor === undefined ? undefined : parseColor(overlayColor),
    overlayOpacity
  }
}
