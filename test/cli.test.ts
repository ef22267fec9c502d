import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { after, describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { makeDemo } from '../src/commands/data-root.js'
import { checkOpenapi, writeOpenapi } from '../src/commands/openapi.js'
import { verify } from '../src/commands/verify.js'
import { readConfig } from '../src/config.js'
import { makeDataset } from './support/test-dataset.js'
import { sourceFile } from './support/source-file.js'

interface Ended { code: number | null, stdout: string, stderr: string }

/** Run `niiserve` as a user does, with these settings and no others. Each start costs seconds, so there are few. */
async function niiserve (args: readonly string[], settings: Record<string, string> = {}): Promise<Ended> {
  const { PATH, NODE_OPTIONS, HOME } = process.env
  const child = spawn(process.execPath, [sourceFile('cli'), ...args], { env: { PATH, HOME, NODE_OPTIONS, ...settings } })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => { stdout += chunk.toString() })
  child.stderr.on('data', (chunk: Buffer) => { stderr += chunk.toString() })
  after(() => child.kill('SIGKILL'))
  return await new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })))
}

const SFORM = [[-1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]
/** -1024 to -703 HU */
const AIR = { sform: SFORM, inter: -1024 }
const LESION = { sform: SFORM, datatype: 'uint8', voxels: (i: number) => i } as const
/** The same, one HU higher: other voxels. */
const OTHER_AIR = { ...AIR, voxels: (i: number, j: number, k: number) => i + 10 * j + 100 * k + 1 }
const sound = makeDataset({ after }, [{ image: AIR }, { image: OTHER_AIR, mask: LESION }])
const unsound = makeDataset({ after }, [
  { image: AIR }, { image: null }, { image: Buffer.from('nothing') }, { image: OTHER_AIR, mask: { ...LESION, shape: [2, 3, 5] } }
])

/** What a command prints while it runs in this process. */
async function printed (t: TestContext, command: () => Promise<unknown>): Promise<string[]> {
  const lines: string[] = []
  t.mock.method(console, 'log', (line: string) => { lines.push(line) })
  await command()
  t.mock.restoreAll()
  return lines
}

describe('niiserve', () => {
  it('helps, with every command and with itself', async () => {
    const [all, one, version] = await Promise.all([niiserve(['--help']), niiserve(['openapi', '--help']), niiserve(['--version'])])
    assert.equal(version.stdout, `${JSON.parse(readFileSync('package.json', 'utf8')).version}\n`)
    assert.deepEqual([all.code, one.code], [0, 0])
    for (const command of ['serve', 'ingest', 'verify', 'demo', 'openapi']) assert.match(all.stdout, new RegExp(`^ +${command}`, 'm'))
    assert.match(one.stdout, /^Usage: niiserve openapi/)
    assert.match(one.stdout, /--check/)
  })

  it('stops at a setting it cannot use, with one line that names it', async () => {
    const { code, stdout, stderr } = await niiserve(['serve'], { PORT: 'http' })
    assert.deepEqual({ code, stdout, stderr }, { code: 1, stdout: '', stderr: 'niiserve: PORT: "http" is not a whole number from 0 to 65535\n' })
  })

  it('stops at a folder that is no dataset, with one line that says what is missing', async () => {
    const { code, stderr } = await niiserve(['ingest'], { DATA_ROOT: 'migrations', CATALOG_FILE: sound.path('none.sqlite') })
    assert.equal(code, 1)
    assert.match(stderr, /^niiserve: [^\n]*dataset_registry[^\n]*\n$/)
  })
})

describe('niiserve verify', () => {
  it('finds nothing where everything is sound', async (t) => {
    let found: number | undefined
    const lines = await printed(t, async () => { found = await verify({ ...readConfig({}), dataRoot: sound.root, decodeThreads: 1 }) })
    assert.deepEqual([found, lines], [0, ['3 files of 2 studies are sound']])
  })

  it('says what is only odd apart, and counts it not', async (t) => {
    const odd = makeDataset(t, [{ image: { voxels: (i, j, k) => i + j + k === 0 ? -1000 : 7, fields: { descrip: 'Time=91532.120' } } }])
    let found: number | undefined
    const lines = await printed(t, async () => { found = await verify({ ...readConfig({}), dataRoot: odd.root, decodeThreads: 1 }) })
    assert.equal(found, 1, 'a header without forms')
    assert.deepEqual(lines.filter((line) => line.startsWith('to look at')), ['to look at: studies/CT-0/study_0001.nii.gz has text that may identify a person or a moment, in descrip (a time).'])
  })

  it('says what is wrong, a line each, and how much', async (t) => {
    const registry = readFileSync(unsound.path('dataset_registry.csv'), 'utf8')
    writeFileSync(unsound.path('dataset_registry.csv'), `${registry}9,CT-7,/studies/CT-7/study_0009.nii.gz,\r\n`)
    let found: number | undefined
    const lines = await printed(t, async () => { found = await verify({ ...readConfig({}), dataRoot: unsound.root, decodeThreads: 1 }) })
    assert.equal(found, 4)
    assert.equal(lines.pop(), '4 problems in 5 files of 4 studies')
    assert.deepEqual(lines.map((line) => line.slice(0, line.indexOf(':'))), [
      '3 of 4 images exist; missing', '1 of 5 rows of dataset_registry.csv cannot be used; row 6',
      'dataset_registry.csv row 6', 'studies/CT-0/study_0002.nii.gz', 'studies/CT-0/study_0003.nii.gz', 'masks/study_0004_mask.nii.gz'
    ])
  })
})

describe('niiserve demo', () => {
  it('leaves a demo that is there as it is, and refuses a folder of somebody else', async () => {
    const version = Number(/const VERSION = (\d+)/.exec(readFileSync('src/demo/dataset.ts', 'utf8'))![1])
    mkdirSync(sound.path('demo'))
    writeFileSync(sound.path('demo/.niiserve-demo.json'), JSON.stringify({ version }))
    await makeDemo(sound.path('demo'))
    await assert.rejects(makeDemo(unsound.root), { message: /is not empty/ })
  })
})

describe('niiserve openapi', () => {
  it('writes the contract, and tells whether a file is it', async () => {
    const file = sound.path('openapi.yaml')
    await writeOpenapi(file)
    assert.equal(await checkOpenapi(file), true)
    writeFileSync(file, readFileSync(file, 'utf8').replace('niiserve', 'something else'))
    assert.equal(await checkOpenapi(file), false)
  })
})
