// TypeScript to JavaScript, file by file, as it runs here and when it is published: types are checked by `npm run typecheck`.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

/** The TypeScript of a folder, but for declarations and AssemblyScript. */
export function sourcesIn (folder) {
  return readdirSync(folder, { recursive: true })
    .filter((name) => /(?<!\.d)\.tsx?$/.test(name) && !name.includes(join('/', 'assembly', '/')))
    .map((name) => join(folder, name))
}

/** @param outbase what is left out of the paths in `outdir` */
export async function compile (entryPoints, { outbase, outdir, plugins = [] }) {
  await build({ entryPoints, outbase, outdir, plugins, format: 'esm', platform: 'node', target: 'node20.15', sourcemap: true, sourcesContent: false, logLevel: 'warning' })
}
