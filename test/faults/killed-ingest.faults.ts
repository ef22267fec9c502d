import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { builtCli, start } from '../support/built-cli.js'
import { catalogContent, readStudies, sameStudies, studiesSoFar } from './catalog-content.js'
import type { CatalogContent } from './catalog-content.js'
import { ctDataset } from './ct-dataset.js'

const MOMENTS = 50
const SEED = Number(process.env['FAULTS_SEED'] ?? 20200428)

const cli = builtCli()
const { root } = ctDataset({ after }, 16)
const folder = mkdtempSync(join(tmpdir(), 'niiserve-killed-'))
after(() => rmSync(folder, { recursive: true }))

const started = performance.now()
assert.equal((await ingest('undisturbed.sqlite').ended).code, 0)
const durationMs = performance.now() - started
const undisturbed = catalogContent(join(folder, 'undisturbed.sqlite'))
assert.equal(undisturbed.studies!.length, 16)

function ingest (catalog: string) {
  return start(process.execPath, [cli, 'ingest'], { DATA_ROOT: root, CATALOG_FILE: join(folder, catalog), DECODE_THREADS: '2', LOG_LEVEL: 'error' })
}

describe(`ingest, killed with SIGKILL at ${MOMENTS} random moments (seed ${SEED})`, () => {
  let state = SEED
  const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32
  let killed = 0
  let amidst = 0

  for (let n = 0; n < MOMENTS; n++) {
    const share = random()
    // By the clock it is starting or ending most of the time; every second one is killed between two studies.
    const studies = n % 2 === 1 ? 1 + Math.floor(share * 14) : undefined
    it(`${studies === undefined ? `at ${Math.round(share * 100)} %` : `after ${studies} studies`}: what is there is right, and the next start ends with the catalog of an undisturbed run`, async () => {
      const name = `killed-${n}.sqlite`
      const { child, ended } = ingest(name)
      await (studies === undefined ? setTimeout(share * durationMs) : hasRead(child, join(folder, name), studies))
      child.kill('SIGKILL')
      if ((await ended).signal === 'SIGKILL') killed++
      if (existsSync(join(folder, name))) {
        const part = readStudiesIfAny(join(folder, name))
        assert.deepEqual(part, sameStudies(undisturbed, part))
        if (part.studies!.length > 0 && part.studies!.length < 16) amidst++
      }
      const again = await ingest(name).ended
      assert.equal(again.code, 0, again.output)
      assert.deepEqual(catalogContent(join(folder, name)), undisturbed)
    })
  }

  it('was killed amidst its work often enough to mean something', () => {
    assert.ok(killed > MOMENTS / 2 && amidst > MOMENTS / 4, `${killed} killed, ${amidst} of them with some studies read`)
    console.log(`killed ${killed} times, ${amidst} times between the first study and the last; an undisturbed run takes ${Math.round(durationMs)} ms`)
  })
})

/** Until so many studies are in a catalog that a process fills, or it has ended. */
async function hasRead (process: ChildProcess, file: string, studies: number): Promise<void> {
  while (process.exitCode === null && process.signalCode === null && studiesSoFar(file) < studies) await setTimeout(1)
}

/** A process that is killed before the tables are made leaves a file without any. */
function readStudiesIfAny (file: string): CatalogContent {
  try {
    return readStudies(catalogContent(file))
  } catch (error) {
    if (!/no such table/.test((error as Error).message)) throw error
    return { studies: [], volumes: [], slices: [], slabs: [], points: [] }
  }
}
