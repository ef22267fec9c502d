// Compiles AssemblyScript into modules that are checked in, so that only the lockfile's compiler decides what runs.
// `--check` fails if a module differs from what its source compiles to.
import { readFileSync, writeFileSync } from 'node:fs'
import asc from 'assemblyscript/asc'

const MODULES = [
  { source: 'src/gzip/assembly/inflate.ts', target: 'src/gzip/inflate-wasm.ts', name: 'INFLATE_WASM' },
  { source: 'src/training/assembly/sha256.ts', target: 'src/training/sha256-wasm.ts', name: 'SHA256_WASM' }
]

for (const { source, target, name } of MODULES) {
  let wasm
  const { error, stderr } = await asc.main(
    [source, '--outFile', 'module.wasm', '-O3', '--runtime', 'stub', '--noAssert', '--enable', 'simd'],
    { writeFile: (file, contents) => { if (file.endsWith('.wasm')) wasm = contents } }
  )
  if (error !== null) {
    process.stderr.write(stderr.toString())
    process.exit(1)
  }
  const lines = Buffer.from(wasm).toString('base64').match(/.{1,112}/g)
  const compiled = [
    `// ${source}, compiled by \`npm run wasm\`: change that file and not this one.`,
    '/** A WebAssembly module, in base64. */',
    `export const ${name} =`,
    lines.map((line) => `  '${line}'`).join(' +\n'),
    ''
  ].join('\n')
  if (!process.argv.includes('--check')) {
    writeFileSync(target, compiled)
  } else if (readFileSync(target, 'utf8') !== compiled) {
    process.stderr.write(`${target} is not what ${source} compiles to: npm run wasm\n`)
    process.exit(1)
  }
}
