import { readFileSync } from 'node:fs'

/** The version, from package.json only, which is beside both `src/` and the built `dist/`. */
export const { version: VERSION } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
