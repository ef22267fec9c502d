import { useState } from 'preact/hooks'
import { ApiProblem } from '../api/client.js'
import { loadDataset } from '../state/dataset.js'
import { address, go, params, ROOT } from '../state/location.js'
import { session, signIn } from '../state/session.js'

/** Exchanges a key for a cookie; the key itself is kept nowhere. */
export default function SignIn () {
  const [problem, setProblem] = useState('')
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    try {
      await signIn(String(new FormData(form).get('key')))
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error
      return setProblem(error.message)
    }
    form.reset()
    await loadDataset()
    go(destination(), { replace: true })
  }
  if (session.value.holder !== null) return <section class='sheet narrow'><h1>Signed in</h1><p>As <strong>{session.value.holder}</strong>. <a href={address('')}>To the overview</a></p></section>
  return (
    <section class='sheet narrow stack'>
      <h1>Sign in</h1>
      <p class='muted'>This dataset needs a key. It is exchanged for a cookie that gives read access for twelve hours; the key is not stored.</p>
      <form class='stack' method='post' onSubmit={submit}>
        <label>Key<input name='key' type='password' autocomplete='current-password' required autofocus aria-describedby='sign-in-problem' /></label>
        <p id='sign-in-problem' class={problem === '' ? 'unseen' : 'notice bad'} role='alert'>{problem}</p>
        <button class='primary'>Sign in</button>
      </form>
    </section>
  )
}

/** Where the person wanted to go: a page of ours, and no other address. */
function destination (): string {
  const next = params.value.get('next')
  if (next === null) return address('')
  const target = new URL(next, ROOT)
  return target.origin === ROOT.origin && target.pathname.startsWith(ROOT.pathname) ? target.pathname + target.search : address('')
}
