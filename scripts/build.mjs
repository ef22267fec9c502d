// Builds src/ into dist/, file by file: types are checked by `npm run typecheck`, so a build needs no compiler but esbuild.
// `--out DIR` builds elsewhere.
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'

const { values } = parseArgs({ options: { out: { type: 'string', default: 'dist' } } })
const sources = readdirSync('src', { recursive: true })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts') && !name.includes(join('/', 'assembly', '/')))
  .map((name) => join('src', name))

// A file of before whose source is gone would still be found by its importers.
rmSync(values.out, { recursive: true, force: true })
await build({
  entryPoints: sources,
  outbase: 'src',
  outdir: values.out,
  format: 'esm',
  platform: 'node',
  target: 'node20.15',
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning'
})
