// Compiles src/, web/src/, bench/ and test/ for a run of the tests, file by file: a third of the time of the tests went into
// reading TypeScript anew in every process and thread.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { compile, sourcesIn } from './compile.mjs'

/** What compiled code looks for beside itself. */
const BESIDE = ['dist', 'migrations', 'package.json', 'scripts']

/** Compile into a new folder below .niiserve/, where packages are found as from here. The folder goes when this process ends. */
export async function compileTests () {
  mkdirSync('.niiserve', { recursive: true })
  const folder = mkdtempSync(join('.niiserve', 'tests-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  for (const name of BESIDE) symlinkSync(resolve(name), join(folder, name))
  await compile(['src', 'web/src', 'bench', 'test'].flatMap(sourcesIn), {
    outbase: '.',
    outdir: folder,
    plugins: [{
      name: 'data beside tests',
      setup: ({ onLoad }) => onLoad({ filter: /\/test\/.*\.ts$/ }, ({ path }) => ({
        // Fixtures and scripts of other languages stay where they are.
        contents: readFileSync(path, 'utf8').replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path))),
        loader: 'ts'
      }))
    }]
  })
  return folder
}
