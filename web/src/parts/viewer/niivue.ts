import { Niivue, SHOW_RENDER, SLICE_TYPE } from '@niivue/niivue'

/** Bone and lung edges show in this range, HU. */
const RANGE = { low: -300, high: 700 }

/**
 * Draw a study as a solid.
 *
 * @param image, mask  addresses of the decoded NIfTI files
 * @throws Error where the browser has no WebGL 2
 * @returns what ends it
 */
export async function drawSolid (canvas: HTMLCanvasElement, image: string, mask: string | undefined): Promise<() => void> {
  if (document.createElement('canvas').getContext('webgl2') === null) throw new Error('this browser has no WebGL 2.')
  const niivue = new Niivue({ backColor: [0.04, 0.05, 0.055, 1], show3Dcrosshair: false, multiplanarShowRender: SHOW_RENDER.NEVER, logLevel: 'error' })
  await niivue.attachToCanvas(canvas)
  niivue.setSliceType(SLICE_TYPE.RENDER)
  await niivue.loadVolumes([
    { url: image, name: 'image.nii', colormap: 'ct_bones', cal_min: RANGE.low, cal_max: RANGE.high },
    ...(mask === undefined ? [] : [{ url: mask, name: 'mask.nii', colormap: 'red', opacity: 0.8, cal_min: 0.5, cal_max: 1 }])
  ])
  return () => niivue.cleanup()
}
