import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, it } from 'node:test'
import ts from 'typescript'

// Who may import whom (docs/architecture.md draws it). Each room imports from floors below its own, and sideways only what is named here.
// Type-only imports are free across rooms: they are gone when the code runs.
const FLOORS: readonly (readonly string[])[] = [
  ['errors.ts', 'version.ts'],
  ['nifti', 'gzip', 'render', 'dicom'], // pure: bytes in, values out
  ['storage', 'config.ts'], // bytes at rest
  ['datasets', 'survey', 'sidecars'], // what a folder means; what one pass over a volume tells; what of it is kept besides the catalog
  ['catalog', 'threads', 'demo'], // SQLite; CPU, which reads files through storage
  ['volumes', 'ingest'], // voxels on demand; how things come to exist
  ['views', 'publishing'], // what an answer is; a catalog that travels
  ['training', 'evaluation'], // many slices; scores
  ['services.ts'], // wiring
  ['http'], // plumbing of every facade
  ['api', 'dicomweb'], // facades
  ['app.ts'],
  ['commands'],
  ['cli.ts']
]

/** Sideways, within one floor. `render` draws what `nifti` describes, `demo` works in `threads`; nothing else knows its neighbour. */
const SIDEWAYS: Readonly<Record<string, readonly string[]>> = { render: ['nifti'], demo: ['threads'] }

const PURE = ['nifti', 'gzip', 'render', 'dicom']
const FACADES = ['api', 'dicomweb']
const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts')).map((name) => name.replaceAll('\\', '/')).sort()

interface Import { from: string, to: string }

/** What a module imports, or only what it imports when it runs; own modules as paths below src/ (AssemblyScript leaves out the `.js`), others by name. */
function importsOf (file: string, withTypes: boolean): Import[] {
  const source = ts.createSourceFile(file, readFileSync(join('src', file), 'utf8'), ts.ScriptTarget.Latest)
  return source.statements.flatMap((statement) => {
    if (!(ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement))) return []
    if (statement.moduleSpecifier === undefined || !ts.isStringLiteral(statement.moduleSpecifier) || (!withTypes && isTypeOnly(statement))) return []
    const name = statement.moduleSpecifier.text
    return [{ from: file, to: name.startsWith('.') ? normalize(join(dirname(file), name)).replace(/(\.js)?$/, '.ts') : name }]
  })
}

function isTypeOnly (statement: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  if (ts.isExportDeclaration(statement)) return statement.isTypeOnly
  const clause = statement.importClause
  if (clause === undefined) return false
  const named = clause.namedBindings
  return clause.isTypeOnly || (clause.name === undefined && named !== undefined && ts.isNamedImports(named) && named.elements.length > 0 && named.elements.every(({ isTypeOnly }) => isTypeOnly))
}

const imports = files.flatMap((file) => importsOf(file, false))
const own = imports.filter(({ to }) => to.endsWith('.ts'))
const folderOf = (file: string) => file.includes('/') ? file.slice(0, file.indexOf('/')) : file
const floorOf = (file: string) => FLOORS.findIndex((floor) => floor.includes(folderOf(file)))

/** All modules that are loaded with one, itself included. */
function loadedWith (file: string, all: readonly Import[] = imports): Set<string> {
  const loaded = new Set([file])
  for (const module of loaded) for (const { from, to } of all) if (from === module) loaded.add(to)
  return loaded
}

describe('architecture', () => {
  it('gives every module a floor', () => {
    assert.deepEqual(files.filter((file) => floorOf(file) < 0), [])
    assert.deepEqual(own.filter(({ to }) => !files.includes(to)), [])
  })

  it('lets each floor import only from those below it, and sideways only as drawn', () => {
    const wrong = own.filter(({ from, to }) => {
      if (folderOf(from) === folderOf(to) || floorOf(to) < floorOf(from)) return false
      return !(floorOf(to) === floorOf(from) && SIDEWAYS[folderOf(from)]?.includes(folderOf(to)) === true)
    }).map(({ from, to }) => `${from} -> ${to}`)
    assert.deepEqual(wrong, [])
  })

  it('keeps the pure folders from the world: no files, no network, no threads, no database', () => {
    const allowed = /^(node:(zlib|buffer|crypto|util)|pako|nifti-reader-js|sharp)$/
    const worldly = imports.filter(({ from, to }) => PURE.includes(folderOf(from)) && !to.endsWith('.ts') && !allowed.test(to)).map(({ from, to }) => `${from} -> ${to}`)
    assert.deepEqual(worldly, [])
  })

  it('keeps the figures of evaluation pure: nothing of them reads files, catalog or network', () => {
    const figures = files.filter((file) => /^evaluation\/(statistics|severity|masks)\//.test(file))
    assert.ok(figures.length > 30)
    const below = /^(evaluation\/(statistics|severity|masks)\/|(nifti|gzip|render)\/|errors\.ts$|node:(zlib|buffer|crypto|util)$)/
    assert.deepEqual(imports.filter(({ from, to }) => figures.includes(from) && !below.test(to)).map(({ from, to }) => `${from} -> ${to}`), [])
  })

  it('keeps gzip from ever hearing of NIfTI, and NIfTI of gzip', () => {
    assert.deepEqual(own.filter(({ from, to }) => folderOf(from) === 'gzip' && !['gzip', 'errors.ts'].includes(folderOf(to))), [])
    assert.deepEqual(own.filter(({ from, to }) => folderOf(from) === 'nifti' && !['nifti', 'errors.ts'].includes(folderOf(to))), [])
  })

  it('keeps the database out of every thread but those that read a whole catalog', () => {
    const workers = files.filter((file) => file.endsWith('-worker.ts'))
    const readers = ['ingest/check-worker.ts', 'training/order-worker.ts']
    assert.deepEqual(workers, ['demo/phantom-worker.ts', 'evaluation/scoring/score-worker.ts', ...readers, 'threads/survey-worker.ts', 'threads/voxel-worker.ts'].sort())
    for (const worker of workers) {
      const isReader = readers.includes(worker)
      const barred = ['http', 'api', 'volumes', ...isReader ? [] : ['catalog', 'ingest']]
      const reached = [...loadedWith(worker)].filter((module) => module === 'better-sqlite3' || module === 'fastify' || barred.includes(folderOf(module)))
      assert.deepEqual(reached, [], worker)
    }
    const opening = readers.flatMap((worker) => [...loadedWith(worker)].filter((module) => /catalog\/(catalog|claim|canonical)\.ts/.test(module)))
    assert.deepEqual(opening, [], 'they open it read-only')
    const direct = imports.filter(({ to }) => to.startsWith('better-sqlite3')).map(({ from }) => from)
    assert.deepEqual(direct, [], 'catalog/sqlite.ts loads the version of better-sqlite3 that this Node can run')
  })

  it('lets only http/, the facades, app and the wiring of a process know of HTTP', () => {
    const web = /^(fastify|@fastify\/.+|node:https?|fastify-plugin)$/
    assert.deepEqual(imports.filter(({ from, to }) => web.test(to) && !['http', ...FACADES, 'app.ts', 'commands'].includes(folderOf(from))).map(({ from, to }) => `${from} -> ${to}`), [])
    assert.ok(!loadedWith('commands/ingest.ts').has('fastify'), 'ingest needs no web server')
  })

  it('loads what talks to object stores only for a data root that is an address', () => {
    const network = /^(undici|@smithy\/.+|@aws-sdk\/.+)$/
    assert.deepEqual([...new Set(imports.filter(({ to }) => network.test(to)).map(({ from }) => from.slice(0, from.lastIndexOf('/'))))], ['storage/remote'])
    for (const command of ['cli.ts', 'app.ts', 'commands/serve.ts', 'commands/ingest.ts', 'threads/voxel-worker.ts']) {
      assert.deepEqual([...loadedWith(command)].filter((module) => network.test(module)), [], command)
    }
    assert.ok(loadedWith('storage/remote/open-remote.ts').has('undici'))
    assert.ok(!loadedWith('storage/remote/open-remote.ts').has('@aws-sdk/client-s3'), 'the SDK is for lists and writes, loaded when one is needed')
  })

  it('keeps facades apart, and routes out of http/', () => {
    const meeting = own.filter(({ from, to }) => FACADES.includes(folderOf(from)) && FACADES.includes(folderOf(to)) && folderOf(from) !== folderOf(to))
    assert.deepEqual(meeting.map(({ from, to }) => `${from} -> ${to}`), [])
    // The built pages are files under fixed addresses, whatever facade there is.
    const routes = files.filter((file) => folderOf(file) === 'http' && file !== 'http/web-ui.ts' && /\.(get|post|put|delete|head|route)\(\s*['"`]/.test(readFileSync(`src/${file}`, 'utf8')))
    assert.deepEqual(routes, [])
  })

  it('names a status in one place only', () => {
    const statuses = files.filter((file) => ['http', ...FACADES].includes(folderOf(file)) && /\.code\((4|5)\d\d\)|statusCode = [45]/.test(readFileSync(`src/${file}`, 'utf8')))
    assert.deepEqual(statuses, [])
  })

  it('has no drawer: no utils, helpers, common or types, and no barrel', () => {
    assert.deepEqual(files.filter((file) => /(^|\/)(utils?|helpers?|common|misc|types|index)(\.ts$|\/)/.test(file)), [])
  })

  it('has no import that goes in a circle, types included', () => {
    const all = files.flatMap((file) => importsOf(file, true)).filter(({ to }) => to.endsWith('.ts'))
    const circles = all.filter(({ from, to }) => loadedWith(to, all).has(from)).map(({ from, to }) => `${from} -> ${to}`)
    assert.deepEqual(circles, [])
  })
})
