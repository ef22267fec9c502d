import { isWindow, type Window } from '../../image/window.js'

/** Center and width as fields; what makes no window is marked and not taken. */
export function WindowFields ({ window, change }: { window: Window, change: (window: Window) => void }) {
  const take = (event: { currentTarget: HTMLInputElement }, part: 'center' | 'width') => {
    const { valueAsNumber } = event.currentTarget
    const next = { ...window, [part]: valueAsNumber }
    const isValid = !Number.isNaN(valueAsNumber) && isWindow(next.center, next.width)
    event.currentTarget.setAttribute('aria-invalid', String(!isValid))
    if (isValid) change(next)
  }
  return (
    <div class='v-fields' role='group' aria-label='Window in HU'>
      <label title='Window center, HU'>C <input type='number' step='10' value={window.center} aria-label='Window center in HU' onInput={(event) => take(event, 'center')} /></label>
      <label title='Window width, HU'>W <input type='number' step='10' min='1' value={window.width} aria-label='Window width in HU' onInput={(event) => take(event, 'width')} /></label>
    </div>
  )
}
