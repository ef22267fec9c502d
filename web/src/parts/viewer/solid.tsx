import { useEffect, useRef, useState } from 'preact/hooks'
import { address } from '../../state/location.js'

/** A study in 3-D, drawn by NiiVue, which is fetched only when this is opened. */
export function Solid ({ id, hasMask, close }: { id: string, hasMask: boolean, close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const [words, setWords] = useState('Loading NiiVue and the study…')
  useEffect(() => {
    dialog.current!.showModal()
    let isOpen = true
    const show = async () => {
      const { drawSolid } = await import('./niivue.js')
      if (!isOpen) return
      const volume = (kind: string) => address(`v1/studies/${encodeURIComponent(id)}/${kind}.nii`)
      const end = await drawSolid(canvas.current!, volume('image'), hasMask ? volume('mask') : undefined)
      if (!isOpen) end()
      else leave = end
      setWords('')
    }
    let leave = () => {}
    show().catch((error: Error) => setWords(`3-D is not possible here: ${error.message}`))
    return () => { isOpen = false; leave() }
  }, [id])
  return (
    <dialog ref={dialog} class='v-solid' aria-label={`${id} in 3-D`} onClose={close}>
      <div class='v-help-head'><h2>{id} in 3-D</h2><button type='button' onClick={() => dialog.current!.close()}>Close</button></div>
      <div class='v-solid-stage'>
        <canvas ref={canvas} aria-label={`${id} as a solid; drag to turn it`} />
        {words !== '' && <p class='v-notice v-quiet' role='status'>{words}</p>}
      </div>
    </dialog>
  )
}
