import type { ComponentType } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { routeOf } from '../pages/pages.js'
import type { PageProps } from '../pages/pages.js'
import { dataset } from '../state/dataset.js'
import { address, path } from '../state/location.js'
import { Footer } from './footer.js'
import { Header } from './header.js'

/** The frame: header, the page of the address, footer. */
export function App () {
  const found = routeOf(path.value)
  const [shown, setShown] = useState<{ page: ComponentType<PageProps>, route: object }>()
  const [fault, setFault] = useState('')
  // Before the first paint: a page asks for what it shows as early as it can.
  useLayoutEffect(() => {
    if (found === undefined) return
    let isCurrent = true
    found.route.load().then(
      ({ default: page }) => { if (isCurrent) setShown({ page, route: found.route }) },
      () => { if (isCurrent) setFault('This page could not be loaded: the service was updated or does not answer. Load it again.') }
    )
    return () => { isCurrent = false }
  }, [found?.route])
  const name = found === undefined ? 'Not here' : found.props.studyId === '' ? found.route.title : found.props.studyId
  useEffect(() => { document.title = `${name} · ${dataset.value?.title ?? 'niiserve'}` }, [name, dataset.value?.title])

  // The page before stays until the next is there: a chunk takes a few milliseconds, and a flash of nothing is worse.
  const Page = shown?.page
  // It stays what it was, too: a viewer is not to open the study that the next page's address does not name.
  const props = useRef<PageProps>({ studyId: '' })
  if (found !== undefined && shown?.route === found.route) props.current = found.props
  return (
    <>
      <a class='skip' href='#main' onClick={(event) => { event.preventDefault(); document.getElementById('main')?.focus() }}>Skip to the content</a>
      <Header />
      <main id='main' tabIndex={-1}>
        {found === undefined
          ? <section class='sheet'><h1>Nothing is here</h1><p>There is no page <code>{path.value}</code>. The <a href={address('')}>overview</a> leads to all there is.</p></section>
          : fault !== '' ? <p class='notice' role='alert'>{fault}</p> : Page !== undefined && <Page key={props.current.studyId} {...props.current} />}
      </main>
      <Footer />
    </>
  )
}
