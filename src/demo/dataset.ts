import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { DatasetError } from '../errors.js'
import { ThreadPool, threadFile } from '../threads/thread-pool.js'
import { demoLayout, type DemoLayoutName } from './demo-layouts.js'
import { DEMO_STUDIES, type DemoStudy } from './demo-plan.js'
import type { PhantomTask } from './phantom-worker.js'

/** Raise it when the bytes of the dataset change: demos of an earlier version are then made again. */
const VERSION = 2
const MARKER = '.niiserve-demo.json'

export interface DemoOptions {
  /** called once at the start and after each study */
  onProgress?: (done: number, total: number) => void
  /** twelve by default */
  studies?: readonly DemoStudy[]
  /** mosmed by default */
  layout?: DemoLayoutName
}

/**
 * Write the demo dataset, in the layout of MosMedData or another, to `root`: about 115 MB of synthetic chest CT.
 * The voxels are the same on every run and machine. `root` appears complete or not at all: files are written to a folder
 * beside it, which is renamed at the end. An existing demo of this version stays as it is.
 *
 * @throws DatasetError when `root` holds something that is not a demo dataset, or one in another layout
 */
export async function makeDemoDataset (root: string, { onProgress, studies = DEMO_STUDIES, layout = 'mosmed' }: DemoOptions = {}): Promise<void> {
  const target = resolve(root)
  const there = await markerAt(target)
  if (there?.version === VERSION) {
    if ((there.layout ?? 'mosmed') === layout) return
    throw new DatasetError(`${root} holds the demo dataset in the layout ${there.layout ?? 'mosmed'}; name another folder, or empty it.`)
  }
  await refuseForeign(target)
  await removeAbandoned(target)
  const draft = draftName(target, process.pid)
  try {
    await write(draft, studies, layout, onProgress)
    await publish(draft, target)
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

async function write (root: string, studies: readonly DemoStudy[], layout: DemoLayoutName, onProgress: DemoOptions['onProgress']): Promise<void> {
  await rm(root, { recursive: true, force: true })
  await mkdir(layout === 'mosmed' ? join(root, 'masks') : root, { recursive: true })
  let done = 0
  onProgress?.(done, studies.length)
  const pool = new ThreadPool<PhantomTask, void>({ filename: threadFile('phantom-worker', import.meta.url), minThreads: 1, maxThreads: Math.max(1, Math.min(availableParallelism(), studies.length)) })
  try {
    // The tallest first, so that no thread has a long one left at the end.
    const tallestFirst = [...studies].sort((a, b) => b.slices - a.slices)
    await Promise.all(tallestFirst.map(async (study) => {
      await pool.run({ root, study, layout })
      onProgress?.(++done, studies.length)
    }))
  } finally {
    await pool.end()
  }
  const texts = demoLayout(layout).texts(studies)
  for (const [name, text] of Object.entries(texts)) await writeFile(join(root, name), text)
  await writeFile(join(root, 'README.md'), README)
  await writeFile(join(root, 'LICENSE'), LICENSE)
  const description = layout === 'mosmed' ? 'dataset.json' : 'niiserve.json'
  const known = texts[description] === undefined ? {} : JSON.parse(texts[description]) as object
  await writeFile(join(root, description), JSON.stringify({ ...describe(layout), ...known }, null, 2) + '\n')
  await writeFile(join(root, MARKER), JSON.stringify(layout === 'mosmed' ? { version: VERSION } : { version: VERSION, layout }) + '\n')
}

/** Move the finished draft to its place, unless another process was faster. */
async function publish (draft: string, target: string): Promise<void> {
  const outdated = `${draft}.outdated`
  await rename(target, outdated).catch(ignoreCode('ENOENT'))
  await rename(draft, target).catch(async (error: unknown) => {
    if (await versionAt(target) !== VERSION) throw error
  })
  await rm(outdated, { recursive: true, force: true })
}

async function versionAt (root: string): Promise<number | undefined> {
  return (await markerAt(root))?.version
}

async function markerAt (root: string): Promise<{ version?: number, layout?: string } | undefined> {
  const text = await readFile(join(root, MARKER), 'utf8').catch(ignoreCode('ENOENT'))
  if (text === undefined) return undefined
  try {
    return JSON.parse(text) as { version?: number, layout?: string }
  } catch {
    return { version: 0 }
  }
}

/** Refuses a folder that is not empty and has no marker of a demo: it is someone's data. */
async function refuseForeign (root: string): Promise<void> {
  const names = await readdir(root).catch(ignoreCode('ENOENT')) ?? []
  if (names.length > 0 && !names.includes(MARKER)) {
    throw new DatasetError(`${root} is not empty and holds no demo dataset; name another folder, or empty it.`)
  }
}

const DRAFT = /^\.draft-(\d+)(\.outdated)?$/

function draftName (root: string, pid: number): string {
  return join(dirname(root), `${basename(root)}.draft-${pid}`)
}

/** Removes drafts whose process was killed while it wrote them. */
async function removeAbandoned (root: string): Promise<void> {
  await mkdir(dirname(root), { recursive: true })
  for (const name of await readdir(dirname(root))) {
    if (!name.startsWith(basename(root))) continue
    const draft = DRAFT.exec(name.slice(basename(root).length))
    if (draft !== null && !isRunning(Number(draft[1]))) await rm(join(dirname(root), name), { recursive: true, force: true })
  }
}

function isRunning (pid: number): boolean {
  try {
    process.kill(pid, 0)
    return pid !== process.pid
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function ignoreCode (code: string): (error: NodeJS.ErrnoException) => undefined {
  return (error) => {
    if (error.code !== code) throw error
    return undefined
  }
}

/** The dataset's description, as in `GET /v1/dataset`. */
function describe (layout: DemoLayoutName) {
  return {
    id: layout === 'mosmed' ? 'niiserve-demo' : `niiserve-demo-${layout}`,
    title: `niiserve demo: synthetic chest CT in the layout ${layout === 'mosmed' ? 'of MosMedData' : layout}`,
    version: String(VERSION),
    license: { name: 'CC0 1.0', url: 'https://creativecommons.org/publicdomain/zero/1.0/' }
  }
}

const README = `# niiserve demo dataset

Synthetic chest CT: no patient was scanned, everything here is computed from a few seeds by niiserve.
Folders, file names, registry and headers follow MosMedData (CT-0 to CT-4 by the share of lung involved),
so that whatever works here works on the real dataset. Values are Hounsfield units, -2048 outside the scan.

For trying out software. Not for diagnosis, nor for training models meant for patients.
`

const LICENSE = `The files of this dataset are synthetic and dedicated to the public domain under
Creative Commons CC0 1.0 Universal: https://creativecommons.org/publicdomain/zero/1.0/
`
