const waiting = new Set<() => void>()
let frame = 0

/** Draw with the next frame, once, however often it is asked for until then. All views of a page share one frame. */
export function onFrame (draw: () => void): void {
  waiting.add(draw)
  frame ||= requestAnimationFrame(() => {
    frame = 0
    const now = [...waiting]
    waiting.clear()
    for (const one of now) one()
  })
}

/** Ask no longer. */
export function offFrame (draw: () => void): void {
  waiting.delete(draw)
}
