import { signal } from '@preact/signals'
import { fetchAnswer, fetchJson } from '../api/client.js'
import { address, go, path, url } from './location.js'

/** Whether keys are asked for here, and who has signed in. */
interface Session { needsKey: boolean, holder: string | null }

export const session = signal<Session>({ needsKey: false, holder: null })

/** Ask who is signed in. */
export async function loadSession (): Promise<void> {
  session.value = await fetchJson<Session>('session')
}

/** Exchange a key for a cookie that no script can read. @throws ApiProblem when the key is none */
export async function signIn (key: string): Promise<void> {
  await fetchAnswer('session', {}, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ key }) })
  await loadSession()
}

export async function signOut (): Promise<void> {
  await fetchAnswer('session', {}, { method: 'DELETE' })
  // What was shown is forgotten with it.
  window.location.assign(address('sign-in'))
}

/** Go and get a key, and come back here afterwards. */
export function askForKey (): void {
  if (path.value === 'sign-in') return
  go(address('sign-in', { next: url.value.pathname + url.value.search }), { replace: true })
}
