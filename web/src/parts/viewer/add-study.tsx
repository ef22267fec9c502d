import { useEffect, useState } from 'preact/hooks'
import { fetchJson } from '../../api/client.js'
import type { StudyList } from '../../api/answers.js'

const SUGGESTED = 200

/** A field that puts a further study beside those shown. */
export function AddStudy ({ add, shown }: { add: (id: string) => void, shown: readonly string[] }) {
  const [ids, setIds] = useState<string[]>([])
  const [fault, setFault] = useState('')
  useEffect(() => {
    const controller = new AbortController()
    fetchJson<StudyList>('v1/studies', { status: 'ready', sort: '-lesionMl', limit: SUGGESTED }, { signal: controller.signal })
      .then(({ items }) => setIds(items.map(({ id }) => id)), () => {})
    return () => controller.abort()
  }, [])
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const id = String(new FormData(form).get('study')).trim()
    if (id === '' || shown.includes(id)) return
    fetchJson(`v1/studies/${encodeURIComponent(id)}`).then(() => { setFault(''); form.reset(); add(id) }, (error: Error) => setFault(error.message))
  }
  return (
    <form class='v-add' onSubmit={submit}>
      <input name='study' list='v-studies' placeholder='study id' aria-label='Study to put beside' aria-invalid={fault !== ''} title={fault} size={14} />
      <datalist id='v-studies'>{ids.filter((id) => !shown.includes(id)).map((id) => <option key={id} value={id} />)}</datalist>
      <button type='submit'>Add</button>
      {fault !== '' && <span class='v-fault' role='alert'>{fault}</span>}
    </form>
  )
}
