// Runs test files under Node's own runner and ends with one line that counts them.
// Usage: node scripts/run-tests.mjs [--suite interop] [part of a path ...]
// A file belongs to the suite its name ends in: `*.test.ts` to the default one, `*.interop.ts` to `interop`.
import { readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { parseArgs } from 'node:util'
import { compileTests } from './compile-tests.mjs'

const { values, positionals } = parseArgs({
  options: { suite: { type: 'string', default: 'test' } },
  allowPositionals: true
})
const folder = await compileTests()
const files = readdirSync('test', { recursive: true })
  .map((name) => join('test', name))
  .filter((name) => name.endsWith(`.${values.suite}.ts`))
  .filter((name) => positionals.length === 0 || positionals.some((part) => name.includes(part)))
  .sort()
  .map((name) => resolve(folder, name.replace(/\.ts$/, '.js')))

// The test processes inherit this, and so do the threads and processes they start.
process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --enable-source-maps`

console.log(`Node ${process.versions.node}`)
const counts = { passed: 0, failed: 0, skipped: 0 }
const stream = run({ files, concurrency: values.suite === 'test' ? availableParallelism() : 1 })
const isSuite = (event) => event.details?.type === 'suite'
// Node reports a test file as a test too, by its path; only the tests inside it count.
const isFile = (event) => event.nesting === 0 && files.some((name) => event.name.endsWith(name))
stream.on('test:pass', (event) => {
  if (isSuite(event) || isFile(event)) return
  if (event.skip !== undefined) counts.skipped++
  else counts.passed++
})
stream.on('test:fail', (event) => {
  // A suite or file that fails only because of a test inside it is not counted again; one that fails by itself is.
  if (event.details?.error?.failureType !== 'subtestsFailed') counts.failed++
})
stream.compose(spec).pipe(process.stdout)
stream.on('end', () => process.nextTick(() => setImmediate(() => {
  console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
  process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0
})))
