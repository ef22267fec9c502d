import assert from 'node:assert/strict'
import { closeSync, openSync, renameSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync, writeSync } from 'node:fs'
import { get as httpGet } from 'node:http'
import { describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { makeNifti } from '../support/make-nifti.js'
import { buildTestApp } from '../support/test-app.js'
import { makeDataset } from '../support/test-dataset.js'
import { ctVolume } from './ct-dataset.js'

// 16 MiB per volume, and a cache of 4 MiB: a stream has to go back to the file while it runs, whatever sockets hold.
const SHAPE = [256, 256, 128] as const
const [OLD, NEW] = [makeNifti(ctVolume(SHAPE, 1)), makeNifti(ctVolume(SHAPE, 2))]
const FORMS = { 'nii.gz': [gzipSync(OLD, { level: 1 }), gzipSync(NEW, { level: 1 })], nii: [OLD, NEW] } as const
const SLAB = 256 * 256 * 2

type Suffix = keyof typeof FORMS

/** What may happen to a file while a client reads; how it is put right again does not matter here. */
const HAPPENINGS: Record<string, (path: string, next: Buffer) => void> = {
  'is replaced by another': (path, next) => {
    writeFileSync(`${path}.next`, next)
    renameSync(`${path}.next`, path)
  },
  'is overwritten in place': (path, next) => overwrite(path, next),
  'is overwritten in place and given its time back': (path, next) => {
    const { atime, mtime } = statSync(path)
    overwrite(path, next)
    utimesSync(path, atime, mtime)
  },
  'is cut in half': (path) => truncateSync(path, statSync(path).size >> 1),
  'is emptied': (path) => truncateSync(path, 0),
  'is deleted': (path) => rmSync(path)
}

function overwrite (path: string, next: Buffer): void {
  const fd = openSync(path, 'r+')
  writeSync(fd, next, 0, next.length, 0)
  closeSync(fd)
}

/** Read an answer slowly: what came, and whether it came whole. `amidst` is called after the first bytes. */
async function readSlowly (url: string, amidst: () => void): Promise<{ status: number, body: Buffer, whole: boolean }> {
  return await new Promise((resolve, reject) => {
    httpGet(url, { agent: false }, (response) => {
      const chunks: Buffer[] = []
      let bytes = 0
      let happened = false
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        bytes += chunk.length
        if (happened || bytes < 4 * SLAB) return
        happened = true
        response.pause()
        amidst()
        setTimeout(() => response.resume(), 300)
      })
      const end = (whole: boolean) => resolve({ status: response.statusCode!, body: Buffer.concat(chunks), whole })
      response.on('end', () => end(response.complete))
      response.on('error', () => end(false))
    }).on('error', reject)
  })
}

for (const suffix of Object.keys(FORMS) as Suffix[]) {
  describe(`a .${suffix} of which a client is reading`, async () => {
    for (const [happening, happen] of Object.entries(HAPPENINGS)) {
      for (const answer of suffix === 'nii' ? ['npy', 'nii'] : ['raw', 'nii.gz']) {
        it(`and which ${happening}: image.${answer} breaks off, or is what it was to the last byte`, async (t) => {
          const { root, image } = makeDataset(t, [{ image: FORMS[suffix][0], suffix }])
          const { origin, settled, get } = await buildTestApp(t, { root, config: { cacheBytes: 4 * 2 ** 20 } })
          const right = (content: Buffer, file: Buffer) => answer === 'nii.gz' ? file : answer === 'nii' ? content : content.subarray(352)
          const { status, body, whole } = await readSlowly(`${origin}/v1/studies/study_0001/image.${answer}`, () => happen(image('study_0001'), FORMS[suffix][1]))
          assert.equal(status, 200)
          const expected = right(OLD, FORMS[suffix][0])
          const sent = answer === 'npy' ? body.subarray(128) : body
          assert.ok(sent.equals(expected.subarray(0, sent.length)), `one of ${body.length} bytes is not of the old content`)
          if (whole) assert.equal(sent.length, expected.length)

          // The answers from then on are of what is there now.
          await pause(1100)
          const now = await settled('/v1/studies/study_0001/image/slices/40.raw')
          if (/replaced|overwritten/.test(happening)) {
            assert.equal(now.status, 200, JSON.stringify(now.body))
            assert.ok(now.body.equals(NEW.subarray(352 + 40 * SLAB, 352 + 41 * SLAB)))
          } else {
            assert.match(now.body.type, happening === 'is deleted' ? /volume-missing/ : /volume-unreadable/)
          }
          assert.equal((await get('/healthz')).status, 200)
        })
      }
    }
  })
}
