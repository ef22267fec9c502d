const waiting = new Set<() => void>()
let frame = 0

/**
 * Do something with the next frame, once, however often it is asked for until then. All views share one frame, and what
 * is asked for while it is made is still part of it: voxels that arrive are drawn in the frame that notes them.
 */
export function onFrame (act: () => void): void {
  waiting.add(act)
  frame ||= requestAnimationFrame(() => {
    for (const one of waiting) {
      waiting.delete(one)
      one()
    }
    frame = 0
  })
}

/** Ask no longer. */
export function offFrame (act: () => void): void {
  waiting.delete(act)
}
