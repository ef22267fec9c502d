// Builds src/ into dist/. `--out DIR` builds elsewhere.
import { rmSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { compile, sourcesIn } from './compile.mjs'

const { values } = parseArgs({ options: { out: { type: 'string', default: 'dist' } } })

// A file of before whose source is gone would still be found by its importers.
rmSync(values.out, { recursive: true, force: true })
await compile(sourcesIn('src'), { outbase: 'src', outdir: values.out })
