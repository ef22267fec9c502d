import { readFileSync } from 'node:fs'

/** The version of package.json, which stands beside `src/` and beside the built `dist/`: the one place that says it. */
export const { version: VERSION } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
