import { computed, signal } from '@preact/signals'
import { changed } from './search.js'
import type { Changes } from './search.js'

/** The root of the service, whatever prefix it stands below; ends in a slash. */
export const ROOT = new URL('./', document.baseURI)

/** Where the browser is. Everything that a page shows follows from it. */
export const url = signal(new URL(window.location.href))

/** The path below the root, without a slash at either end: `studies/study_0255`; empty for the overview. */
export const path = computed(() => url.value.pathname.slice(ROOT.pathname.length).replace(/\/$/, ''))

/** The query as a text, which is equal while nothing in it changes. */
const query = computed(() => url.value.search)
export const params = computed(() => new URLSearchParams(query.value))

/** The address of a page of ours, or of the API: `studies`, `v1/studies.csv`. Without changes the query is empty. */
export function address (to: string, changes: Changes = {}): string {
  const target = new URL(to, ROOT)
  target.search = changed(target.searchParams, changes).toString()
  return target.pathname + target.search
}

/** This page with some parameters changed; those that are not named stay as they are, known or not. */
export function here (changes: Changes): string {
  const search = changed(params.value, changes).toString()
  return url.value.pathname + (search === '' ? '' : `?${search}`)
}

/** Go to an address of ours. `replace` for what the back button should not stop at, such as each step of a drag. */
export function go (to: string, { replace = false } = {}): void {
  const target = new URL(to, url.value)
  if (target.href === url.value.href) return
  history[replace ? 'replaceState' : 'pushState'](null, '', target)
  const isOtherPage = target.pathname !== url.value.pathname
  url.value = target
  if (isOtherPage) window.scrollTo(0, 0)
}

/** Change parameters of this page. */
export function set (changes: Changes, options?: { replace?: boolean }): void {
  go(here(changes), options)
}

/**
 * Take over links and GET forms that lead to pages of ours. They are real: without this they do the same, only slower.
 *
 * @param isPage  whether a path below the root is a page, and not an answer of the API
 */
export function takeOverLinks (isPage: (path: string) => boolean): void {
  // A relative base would move with every page that is gone to.
  document.querySelector('base')?.setAttribute('href', ROOT.href)
  window.addEventListener('popstate', () => { url.value = new URL(window.location.href) })
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    // Of HTML or of SVG: a bar of a chart is a link too.
    const link = (event.target as Element).closest?.('a[href]')
    if (link == null || link.hasAttribute('target') || link.hasAttribute('download')) return
    const { href } = new URL(link.getAttribute('href')!, document.baseURI)
    if (!isOurs(href, isPage)) return
    event.preventDefault()
    go(href)
  })
  document.addEventListener('submit', (event) => {
    const form = event.target as HTMLFormElement
    const target = new URL(form.action)
    if (event.defaultPrevented || form.method !== 'get' || !isOurs(target.href, isPage)) return
    event.preventDefault()
    const fields = [...new FormData(form, event.submitter)].filter(([, value]) => value !== '')
    target.search = new URLSearchParams(fields as [string, string][]).toString()
    go(target.href)
  })
}

function isOurs (href: string, isPage: (path: string) => boolean): boolean {
  const target = new URL(href)
  if (target.origin !== ROOT.origin || !target.pathname.startsWith(ROOT.pathname) || target.hash !== '') return false
  return isPage(target.pathname.slice(ROOT.pathname.length).replace(/\/$/, ''))
}
