// Builds web/ into dist/web: hashed files under assets/, each also as .br and .gz, and shell.json, which says which
// files each page loads first. src/http/web-ui.ts serves it. `--out DIR` builds elsewhere.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const { values } = parseArgs({ options: { out: { type: 'string', default: 'dist/web' } } })
const ENTRY = 'web/src/main.tsx'
const PAGES = 'web/src/pages/'

rmSync(values.out, { recursive: true, force: true })
const { metafile, outputFiles } = await build({
  entryPoints: [ENTRY, 'web/src/icon.svg'],
  outdir: values.out,
  bundle: true,
  splitting: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  metafile: true,
  write: false,
  legalComments: 'none',
  loader: { '.svg': 'copy' },
  jsx: 'automatic',
  jsxImportSource: 'preact',
  entryNames: 'assets/[name]-[hash]',
  chunkNames: 'assets/[name]-[hash]',
  assetNames: 'assets/[name]-[hash]',
  logLevel: 'warning'
})

mkdirSync(join(values.out, 'assets'), { recursive: true })
for (const { path, contents } of outputFiles) {
  writeFileSync(path, contents)
  writeFileSync(`${path}.gz`, gzipSync(contents, { level: 9 }))
  writeFileSync(`${path}.br`, brotliCompressSync(contents, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: contents.length } }))
}

const outputs = Object.entries(metafile.outputs)
const outputOf = (source) => outputs.find(([, { entryPoint }]) => entryPoint === source)?.[0]
const main = outputOf(ENTRY)
const pages = outputs.filter(([, { entryPoint }]) => entryPoint?.startsWith(PAGES))
const shell = {
  template: readFileSync('web/index.html', 'utf8'),
  styles: metafile.outputs[main].cssBundle === undefined ? [] : [asset(metafile.outputs[main].cssBundle)],
  icon: asset(outputs.find(([path]) => path.endsWith('.svg'))[0]),
  main: asset(main),
  // The files a page needs before it can draw, including main's own.
  modules: Object.fromEntries(pages.map(([path, { entryPoint }]) => [
    basename(entryPoint, '.tsx'),
    [...new Set([...loadedWith(main), ...loadedWith(path)])].map(asset)
  ]))
}
writeFileSync(join(values.out, 'shell.json'), JSON.stringify(shell, null, 1))

/** All files loaded with a file: its static imports and their imports. */
function loadedWith (path, found = new Set([path])) {
  for (const { path: to, kind } of metafile.outputs[path].imports) {
    if (kind !== 'import-statement' || found.has(to)) continue
    found.add(to)
    loadedWith(to, found)
  }
  return found
}

function asset (path) {
  return `assets/${basename(path)}`
}
