import { useEffect, useRef } from 'preact/hooks'
import { BINDINGS, keyName } from '../../input/keys.js'

const GROUPS = ['Slices', 'Window', 'View', 'Tools'] as const

/** The keys, as they are bound. */
export function Help ({ close }: { close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => { dialog.current!.showModal() }, [])
  return (
    <dialog ref={dialog} class='v-help' aria-labelledby='v-help-title' onClose={close} onClick={(event) => { if (event.target === event.currentTarget) event.currentTarget.close() }}>
      <div class='v-help-head'>
        <h2 id='v-help-title'>Keys and mouse</h2>
        <button type='button' onClick={() => dialog.current!.close()}>Close</button>
      </div>
      <p>Keys act while the viewer has the focus. Wheel: one notch is one slice; with Ctrl it zooms. Middle button, or Shift with the left: pan. Two fingers: zoom and pan; one: scroll. Double click: fit.</p>
      <div class='v-help-groups'>
        {GROUPS.map((group) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl>
              {BINDINGS.filter((one) => one.group === group).map(({ keys, label }) => (
                <div key={label}><dt>{keys.slice(0, 1).map((key) => <kbd key={key}>{keyName(key)}</kbd>)}</dt><dd>{label}</dd></div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </dialog>
  )
}
