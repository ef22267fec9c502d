import assert from 'node:assert/strict'
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { SQLite } from '../../src/catalog/sqlite.js'
import { buildTestApp } from '../support/test-app.js'
import type { TestApp } from '../support/test-app.js'
import { ctDataset } from './ct-dataset.js'

const FLIPS = 30
const SEED = Number(process.env['FAULTS_SEED'] ?? 20200428)

const dataset = ctDataset({ after }, 8, [64, 64, 12])
const folder = mkdtempSync(join(tmpdir(), 'niiserve-catalog-'))
after(() => rmSync(folder, { recursive: true }))

/** Everything that is asked; what changes with every start is left out of the answers. */
const QUESTIONS = [
  '/v1/studies?limit=1000', '/v1/studies?sort=-slices', '/v1/studies?sort=lesionMl&annotated=true', '/v1/studies?category=CT-1&status=ready', '/v1/categories', '/v1/stats',
  ...['study_0001', 'study_0002', 'study_0004', 'study_0006', 'study_0007'].flatMap((id) => [
    `/v1/studies/${id}`, `/v1/studies/${id}/slices`, `/v1/studies/${id}/image/header`, `/v1/studies/${id}/image.raw`,
    `/v1/studies/${id}/image/slices/11.npy?dtype=float32`, `/v1/studies/${id}/mask.raw`, `/v1/studies/${id}/mask/slices/3.png`
  ])
]

interface Answers { [question: string]: { status: number, body: Buffer, affine: string | undefined } }

async function answersOf ({ app }: TestApp): Promise<Answers> {
  const answers: Answers = {}
  for (const question of QUESTIONS) {
    const { statusCode: status, rawPayload, headers } = await app.inject(question)
    const body = /problem/.test(String(headers['content-type'])) ? Buffer.from(String(JSON.parse(rawPayload.toString()).type)) : rawPayload
    answers[question] = { status, body, affine: headers['array-affine'] as string | undefined }
  }
  return answers
}

/** Start on a catalog, read what it lacks, ask everything, stop. */
async function startOn (catalogFile: string, ingest = true): Promise<{ answers: Answers, setAside: string[] }> {
  const setAside: string[] = []
  const closes: Array<() => unknown> = []
  const app = await buildTestApp({ after: (close) => closes.push(close) }, { root: dataset.root, ingest, config: { catalogFile }, listener: { catalogSetAside: (_name, reason) => setAside.push(reason) } })
  try {
    return { answers: await answersOf(app), setAside }
  } finally {
    for (const close of closes) await close()
  }
}

const sound = join(folder, 'sound.sqlite')
const { answers: truth } = await startOn(sound)
const bytes = readFileSync(sound)

/** Right, or an error that says so: never another answer. */
function assertHonest (answers: Answers): number {
  let errors = 0
  for (const question of QUESTIONS) {
    const [answer, right] = [answers[question]!, truth[question]!]
    if (answer.status >= 500 && right.status < 400) errors++
    else assert.deepEqual(answer, right, question)
  }
  return errors
}

describe('a catalog file', () => {
  it('that was deleted is made anew, and everything is answered as before', async () => {
    assert.equal(assertHonest((await startOn(join(folder, 'deleted.sqlite'))).answers), 0)
  })

  it('that is deleted under a running service is not missed by it', async () => {
    const file = join(folder, 'unlinked.sqlite')
    copyFileSync(sound, file)
    const closes: Array<() => unknown> = []
    const app = await buildTestApp({ after: (close) => closes.push(close) }, { root: dataset.root, ingest: false, config: { catalogFile: file } })
    for (const name of readdirSync(folder)) if (name.startsWith('unlinked')) rmSync(join(folder, name))
    assert.equal(assertHonest(await answersOf(app)), 0)
    for (const close of closes) await close()
  })

  it('that is sound is taken as it is: nothing is read again', async () => {
    const file = join(folder, 'same.sqlite')
    copyFileSync(sound, file)
    const { answers, setAside } = await startOn(file, false)
    assert.deepEqual(setAside, [])
    assert.equal(assertHonest(answers), 0)
  })

  for (const [what, content] of Object.entries({
    empty: Buffer.alloc(0),
    'of zeros': Buffer.alloc(8192),
    'that is a text': Buffer.from('not a database at all'.repeat(100)),
    'cut in half': bytes.subarray(0, bytes.length >> 1),
    'cut at its first page': bytes.subarray(0, 4096),
    'cut within its header': bytes.subarray(0, 60)
  })) {
    it(`${what} is set aside or begun anew, and everything is answered as before`, async () => {
      const file = join(folder, `${what.replaceAll(' ', '-')}.sqlite`)
      writeFileSync(file, content)
      assert.equal(assertHonest((await startOn(file)).answers), 0)
    })
  }

  it('from an older migration is brought up to date, and everything is answered as before', async () => {
    const file = join(folder, 'older.sqlite')
    const database = new SQLite(file)
    database.exec("CREATE TABLE migrations (name TEXT PRIMARY KEY, applied_at TEXT NOT NULL); INSERT INTO migrations VALUES ('001.studies.sql', '2020-04-28')")
    database.exec(readFileSync('migrations/001.studies.sql', 'utf8'))
    database.exec("INSERT INTO studies (id, category, severity, image_file, status, facts) VALUES ('study_0001', 'CT-4', 4, 'studies/CT-0/study_0001.nii.gz', 'ready', '{}')")
    database.exec("INSERT INTO volumes (study_id, kind, file, status) VALUES ('study_0001', 'image', 'studies/CT-0/study_0001.nii.gz', 'ready')")
    database.close()
    const { answers, setAside } = await startOn(file)
    assert.deepEqual(setAside, [])
    assert.equal(assertHonest(answers), 0)
  })

  it('from a newer niiserve is set aside with a word, and everything is answered as before', async () => {
    const file = join(folder, 'newer.sqlite')
    copyFileSync(sound, file)
    const database = new SQLite(file)
    database.exec("INSERT INTO migrations VALUES ('999.future.sql', '2030-01-01')")
    database.close()
    const { answers, setAside } = await startOn(file)
    assert.match(setAside[0]!, /999\.future\.sql/)
    assert.equal(assertHonest(answers), 0)
  })

  describe(`of which bytes are flipped at ${FLIPS} random places (seed ${SEED})`, () => {
    let state = SEED
    const random = (below: number) => Math.floor((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32 * below)
    for (let n = 0; n < FLIPS; n++) {
      const [at, bit, count] = [random(bytes.length), random(8), 1 + random(3)]
      it(`answers truly or not at all: byte ${at}, bit ${bit}, ${count} in a row`, async () => {
        const file = join(folder, `flipped-${n}.sqlite`)
        const copy = Buffer.from(bytes)
        for (let k = 0; k < count && at + k < copy.length; k++) copy[at + k]! ^= 1 << bit
        writeFileSync(file, copy)
        assertHonest((await startOn(file)).answers)
      })
    }
  })

  it('of which one number is another is set aside, and not believed', async () => {
    for (const change of ["UPDATE studies SET facts = replace(facts, 'CT-1', 'CT-2')", 'UPDATE slices SET mean = mean + 1 WHERE slice = 3', "UPDATE volumes SET sha256 = 'f' || substr(sha256, 2)", "UPDATE volumes SET header = CAST(replace(header, x'6E2B31', x'6E2B32') AS BLOB)", "DELETE FROM slices WHERE study_id = 'study_0001'", "DELETE FROM studies WHERE id = 'study_0002'", 'DROP INDEX studies_in_short']) {
      const file = join(folder, 'changed.sqlite')
      copyFileSync(sound, file)
      const database = new SQLite(file)
      database.exec(change)
      database.close()
      const { answers, setAside } = await startOn(file)
      assert.equal(setAside.length, 1, change)
      assert.equal(assertHonest(answers), 0)
      rmSync(file)
    }
  })
})
