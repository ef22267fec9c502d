import { dataset } from '../state/dataset.js'
import { address, path } from '../state/location.js'
import { THEMES, theme } from '../state/theme.js'
import { session, signOut } from '../state/session.js'

const PAGES = [['', 'Overview'], ['studies', 'Studies'], ['worklist', 'Worklist'], ['quality', 'Quality'], ['training', 'Training'], ['evaluate', 'Evaluate']] as const

/** The name of the place, and ways to everything in it. */
export function Header () {
  const here = path.value.split('/', 1)[0]
  const building = dataset.value?.catalog.state === 'building' ? dataset.value.catalog : undefined
  return (
    <header class='top'>
      <a class='mark' href={address('')} aria-label='niiserve: overview'>
        <svg viewBox='0 0 20 16' width='20' height='16' aria-hidden='true'><path d='M1.500 5c3-2.300 5.700-3.400 8.500-3.400S15.500 2.700 18.500 5M1.500 10c3-2.300 5.700-3.400 8.500-3.400s5.500 1.100 8.500 3.400M1.500 15c3-2.300 5.700-3.400 8.500-3.400s5.500 1.100 8.500 3.400' fill='none' stroke='currentColor' stroke-width='1.700' stroke-linecap='round' /></svg>
        niiserve
      </a>
      <nav aria-label='Pages'>
        {PAGES.map(([to, name]) => <a key={to} href={address(to)} aria-current={here === to ? 'page' : undefined}>{name}</a>)}
      </nav>
      <div class='top-end'>
        {building !== undefined && <span class='building' role='status'>reading {building.done.toLocaleString('en')} of {building.total.toLocaleString('en')}</span>}
        <a href={address('docs')}>API</a>
        <ThemeSwitch />
        {session.value.holder !== null && <button class='plain' onClick={signOut}>Sign out</button>}
      </div>
    </header>
  )
}

function ThemeSwitch () {
  const next = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length]!
  return (
    <button class='plain theme' title={`Colours: ${theme.value}. Change to ${next}.`} aria-label={`Colours: ${theme.value}; change to ${next}`} onClick={() => { theme.value = next }}>
      <svg viewBox='0 0 16 16' width='15' height='15' aria-hidden='true'>
        <circle cx='8' cy='8' r='6.200' fill='none' stroke='currentColor' stroke-width='1.500' />
        {theme.value !== 'light' && <path d={theme.value === 'dark' ? 'M8 1.800a6.200 6.200 0 0 1 0 12.400a6.200 6.200 0 0 1 0-12.400' : 'M8 1.800a6.200 6.200 0 0 1 0 12.400z'} fill='currentColor' />}
      </svg>
    </button>
  )
}
