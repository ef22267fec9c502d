// Compiles src/gzip/assembly/inflate.ts (AssemblyScript) into src/gzip/inflate-wasm.ts, which is checked in, so that
// only the lockfile's compiler decides what runs. `--check` fails if the file differs from what the source compiles to.
import { readFileSync, writeFileSync } from 'node:fs'
import asc from 'assemblyscript/asc'

const SOURCE = 'src/gzip/assembly/inflate.ts'
const TARGET = 'src/gzip/inflate-wasm.ts'

let wasm
const { error, stderr } = await asc.main(
  [SOURCE, '--outFile', 'inflate.wasm', '-O3', '--runtime', 'stub', '--noAssert', '--enable', 'simd'],
  { writeFile: (name, contents) => { if (name.endsWith('.wasm')) wasm = contents } }
)
if (error !== null) {
  process.stderr.write(stderr.toString())
  process.exit(1)
}
const lines = Buffer.from(wasm).toString('base64').match(/.{1,112}/g)
const compiled = [
  `// ${SOURCE}, compiled by \`npm run wasm\`: change that file and not this one.`,
  '/** A WebAssembly module, in base64. */',
  'export const INFLATE_WASM =',
  lines.map((line) => `  '${line}'`).join(' +\n'),
  ''
].join('\n')
if (!process.argv.includes('--check')) {
  writeFileSync(TARGET, compiled)
} else if (readFileSync(TARGET, 'utf8') !== compiled) {
  process.stderr.write(`${TARGET} is not what ${SOURCE} compiles to: npm run wasm\n`)
  process.exit(1)
}
