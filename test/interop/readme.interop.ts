import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { makeDemoDataset } from '../../src/demo/dataset.js'
import { DEMO_STUDIES } from '../../src/demo/demo-plan.js'
import { PYTHON } from '../support/python.js'
import { buildTestApp, type TestApp } from '../support/test-app.js'

const run = promisify(execFile)
const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

/** The fenced blocks of a language, as a reader would paste them. */
function blocks (language: string): string[] {
  return [...README.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].filter(([, name]) => name === language).map(([, , text]) => text!)
}

describe('the README', () => {
  let folder: string
  let served: TestApp
  let close: () => unknown
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'niiserve-readme-'))
    // The examples ask for annotated studies, which have the numbers they have in the whole demo.
    await makeDemoDataset(join(folder, 'demo'), { studies: DEMO_STUDIES.filter(({ annotated }) => annotated) })
    served = await buildTestApp({ after: (clean) => { close = clean } }, { root: join(folder, 'demo'), config: { cacheBytes: 64 * 2 ** 20 } })
  })
  after(async () => {
    await close()
    rmSync(folder, { recursive: true, force: true })
  })

  const pasted = (text: string) => text.replaceAll('http://127.0.0.1:8080', served.origin)

  it('has Python examples that print arrays', async () => {
    const printed: string[] = []
    for (const example of blocks('python')) printed.push((await run(resolve(PYTHON), ['-c', pasted(example)])).stdout)
    assert.match(printed[0]!, /^study_0010 CT-3 \(512, 512\) int16 -\d+ HU in lesions\n$/)
    assert.match(printed[1]!, /^\(16, 256, 256\) float32 \d+\.\d% lesion\n$/)
    assert.equal(printed.length, 2)
  })

  it('has a curl example that saves a picture', async () => {
    const line = blocks('sh').find((text) => text.startsWith('curl '))!
    await run('sh', ['-c', pasted(line)], { cwd: folder })
    assert.deepEqual([...readFileSync(join(folder, 'slice.png')).subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47])
  })
})
