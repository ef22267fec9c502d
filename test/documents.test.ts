import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import { PROBLEMS } from '../src/http/problems/problem-details.js'

const FOLDERS = ['src', 'test', 'bench', 'docs', 'deploy', 'examples', 'migrations', 'scripts', 'web', '.ci']
const files = FOLDERS.filter((folder) => existsSync(folder))
  .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)))
  .concat(readdirSync('.').filter((name) => /\.(md|json|yml|yaml)$|^Dockerfile$/.test(name)))
  .filter((name) => !/node_modules|\.venv|__pycache__|(^|\/)target\/|web\/dist/.test(name))

/** Words that look like a path of this repository: with a folder before them, or the name of a document. */
const PATH = /(?<![\w./:{}$@*-])((?:[\w.-]+\/)+[\w.-]+\.(?:ts|tsx|mjs|md|sql|py|yaml|yml|json|png|css)|[A-Z][A-Z]+\.md)(?![\w/*-])/g

/** What a comment says of code elsewhere, or of a file that a user has, is no promise about this repository. */
const FOREIGN = /^(nibabel|zarrita|dist|node_modules|path|studies|masks|imagesTr|labelsTr|examples\.|\.niiserve|deploy\/my|coverage|platform|documentation)\b|nifti1\.h|orientations\.py|quaternions\.py/

/** The comments of a program, or the whole of a document. */
function proseOf (file: string): string {
  const text = readFileSync(file, 'utf8')
  if (/\.md$/.test(file)) return text
  if (/\.(ts|tsx|mjs)$/.test(file)) return [...text.matchAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/ .*$/gm)].map(([comment]) => comment).join('\n')
  if (/\.(py|yml|yaml|sql|conf)$/.test(file) || file === 'Dockerfile') return [...text.matchAll(/(?<=^|\s)(#|--) .*$/gm)].map(([comment]) => comment).join('\n')
  return ''
}

/** A path may be said from the root, from the file that says it, or from src/ or test/. */
function isThere (path: string, file: string): boolean {
  return ['.', dirname(file), 'src', 'test', 'web/src'].some((from) => existsSync(join(from, path))) || files.some((name) => name.endsWith(`/${path}`)) || path.includes('NAME')
}

describe('comments and documents', () => {
  it('name only files that exist', () => {
    const prose = files.filter((file) => /\.(ts|tsx|mjs|md|py|sql|yml|conf)$/.test(file) && !/CHANGELOG|inflate-wasm|fixtures\/|openapi-generator\//.test(file))
    const missing = prose.flatMap((file) => [...proseOf(file).matchAll(PATH)].map(([, path]) => path!)
      .filter((path) => !FOREIGN.test(path) && !isThere(path, file))
      .map((path) => `${file}: ${path}`))
    assert.deepEqual(missing, [])
    assert.ok(prose.length > 100)
  })

  it('have a README of 5 to 15 lines in each room', () => {
    const rooms = readdirSync('src', { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => `src/${name}`).concat('test', 'scripts')
    for (const room of rooms) {
      assert.ok(existsSync(`${room}/README.md`), `${room} has no README.md`)
      const lines = readFileSync(`${room}/README.md`, 'utf8').trimEnd().split('\n').length
      assert.ok(lines >= 5 && lines <= 15, `${room}/README.md has ${lines} lines`)
    }
    assert.ok(existsSync('bench/README.md'))
  })

  it('link only to files that exist', () => {
    const tracked = execFileSync('git', ['ls-files', '*.md'], { encoding: 'utf8' }).trim().split('\n').filter((file) => existsSync(file))
    const dead = tracked.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)]
      .filter(([, target]) => !existsSync(join(dirname(file), target!)))
      .map(([, target]) => `${file}: ${target!}`))
    assert.deepEqual(dead, [])
  })
})

describe('docs/contract.md', () => {
  const contract = readFileSync('docs/contract.md', 'utf8')
  const { paths } = parse(readFileSync('openapi.yaml', 'utf8')) as { paths: Record<string, Record<string, unknown>> }
  /** Every word in code font that begins with a slash, with or without a method before it. */
  const named = [...contract.matchAll(/`(?:(GET|POST|PUT|DELETE) )?(\/[^`\s]+)`/g)].map(([, method, path]) => ({ method: method?.toLowerCase(), path: path! }))

  it('names every route', () => {
    assert.deepEqual(Object.keys(paths).filter((path) => !named.some((word) => word.path === path)), [])
  })

  it('names no route that is not there', () => {
    const served = ['/docs', '/v1', '/dicomweb', '/header', '/slices']
    const wrong = named.filter(({ method, path }) => !served.includes(path) && !(path in paths && (method === undefined || method in paths[path]!)) && !path.startsWith('/dicomweb/'))
    assert.deepEqual(wrong, [])
  })

  it('lists every problem with its status, and no other', () => {
    const rows = [...contract.matchAll(/^\| ((?:`[a-z-]+`(?: · )?)+) \| (\d{3}(?: · \d{3})*) \|/gm)].flatMap(([, slugs, statuses]) => {
      const list = statuses!.split(' · ')
      return [...slugs!.matchAll(/`([a-z-]+)`/g)].map(([, slug], at) => [slug!, Number(list[at] ?? list[0])] as const)
    })
    assert.deepEqual(Object.fromEntries(rows), Object.fromEntries(Object.entries(PROBLEMS).map(([slug, { status }]) => [slug, status])))
  })
})
