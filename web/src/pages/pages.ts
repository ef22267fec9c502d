import type { ComponentType } from 'preact'

export interface PageProps { studyId: string }
type Page = ComponentType<PageProps>

interface Route {
  /** the path below the root, one group for the study's id where there is one */
  path: RegExp
  title: string
  load: () => Promise<{ default: Page }>
}

/** Every page, each a chunk of its own. `src/http/web-ui.ts` has the same list. */
export const ROUTES: readonly Route[] = [
  { path: /^$/, title: 'Overview', load: async () => await import('./overview.js') },
  { path: /^studies$/, title: 'Studies', load: async () => await import('./studies.js') },
  { path: /^studies\/([^/]+)$/, title: 'Study', load: async () => await import('./viewer.js') },
  { path: /^worklist$/, title: 'Worklist', load: async () => await import('./worklist.js') },
  { path: /^quality$/, title: 'Quality', load: async () => await import('./quality.js') },
  { path: /^training$/, title: 'Training', load: async () => await import('./training.js') },
  { path: /^evaluate$/, title: 'Evaluate', load: async () => await import('./evaluate.js') },
  { path: /^sign-in$/, title: 'Sign in', load: async () => await import('./sign-in.js') }
]

/** The page of a path, and what its address names. */
export function routeOf (path: string): { route: Route, props: PageProps } | undefined {
  for (const route of ROUTES) {
    const match = route.path.exec(path)
    if (match !== null) return { route, props: { studyId: decodeURIComponent(match[1] ?? '') } }
  }
  return undefined
}
