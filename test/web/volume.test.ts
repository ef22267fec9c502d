import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { sliceThrough } from '../../web/src/image/planes.js'
import type { Get } from '../../web/src/volume/array-answer.js'
import { OpenStudy } from '../../web/src/volume/open-study.js'
import { Shelf } from '../../web/src/volume/shelf.js'
import { buildTestApp } from '../support/test-app.js'
import type { MadeStudy } from '../support/test-dataset.js'

const SHAPE = [20, 16, 12] as const
const LAS = [[-1, 0, 0, 10], [0, 1, 0, -20], [0, 0, 2, 30]] as const
const image = { shape: SHAPE, sform: LAS }
const mask = { shape: SHAPE, sform: LAS, datatype: 'uint8' as const, voxels: (i: number, _j: number, k: number) => Number(k === 7 && i < 5) }
const studies: MadeStudy[] = [
  { image, mask },
  { image },
  { image: Buffer.from('not a gzip file') },
  { image, mask: { ...mask, shape: [20, 16, 11] } },
  { image: { ...image, datatype: 'float64', voxels: (i: number, j: number, k: number) => i + j / 4 + 100 * k } },
  { image: null }
]
const { origin } = await buildTestApp({ after }, { studies })

class Problem extends Error {
  constructor (readonly code: string, detail: string, readonly retryAfterSeconds: number | null) { super(detail) }
}

/** The API client of the page, as far as it goes without one; notes what was asked for. */
function client (meddle: (response: Response, to: string, init: RequestInit) => Response | Promise<Response> = (response) => response): { get: Get, asked: string[], aborted: string[] } {
  const asked: string[] = []
  const aborted: string[] = []
  const get: Get = async (to, query = {}, init = {}) => {
    const search = new URLSearchParams(query as Record<string, string>).toString()
    const name = to.replace('v1/studies/', '') + (search === '' ? '' : `?${search}`)
    asked.push(name)
    init.signal?.addEventListener('abort', () => aborted.push(name))
    const response = await meddle(await fetch(`${origin}/${to}?${search}`, init), to, init)
    if (response.ok) return response
    const { type, detail } = await response.json() as { type: string, detail: string }
    throw new Problem(type.replace('urn:niiserve:problem:', ''), detail, 0.01)
  }
  return { get, asked, aborted }
}

const changed = async (study: OpenStudy, until: () => boolean): Promise<void> => {
  while (!until()) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, 100)
      study.onChange = () => { clearTimeout(timer); resolve() }
    })
  }
}
const settled = async (study: OpenStudy) => await changed(study, () => !study.isLoading)

describe('opening a study', () => {
  it('asks for the slice of the link first, then for its mask, then for the volume and its mask', async () => {
    const { get, asked } = client()
    const study = new OpenStudy('study_0001', get)
    study.open({ plane: 'axial', index: 7 })
    await settled(study)
    assert.deepEqual(asked, [
      'study_0001/image/slices/7.raw?plane=axial', 'study_0001', 'study_0001/slices',
      'study_0001/mask/slices/7.raw?plane=axial', 'study_0001/image.raw', 'study_0001/mask.raw?dtype=uint8'
    ])
    // make-nifti writes i + 10 j + 100 k
    assert.equal(study.image!.voxels[3 + 20 * (5 + 16 * 11)], 3 + 50 + 1100)
    assert.equal(study.mask!.voxels[4 + 20 * (15 + 16 * 7)], 1)
    assert.equal((study.mask!.voxels as Uint8Array).reduce((sum, value) => sum + value, 0), 5 * 16)
    assert.ok(study.isComplete)
  })

  it('has the slice of the link before anything of the volume', async () => {
    let release = () => {}
    const held = new Promise<void>((resolve) => { release = resolve })
    const { get } = client(async (response, to) => { if (to.endsWith('image.raw')) await held; return response })
    const study = new OpenStudy('study_0002', get)
    study.open({ plane: 'sagittal', index: 3 })
    const grid = () => study.grid!
    await changed(study, () => study.image !== undefined && study.image.has(sliceThrough(grid(), 'sagittal', 3, 'native')))
    assert.equal(study.image!.received, 0)
    assert.equal(study.image!.voxels[3 + 20 * (15 + 16 * 11)], 3 + 150 + 1100)
    assert.ok(!study.image!.has(sliceThrough(grid(), 'sagittal', 4, 'native')))
    release()
    await settled(study)
    assert.ok(study.image!.isComplete)
  })

  it('begins at the telling slice where the link names none', async () => {
    const { get, asked } = client()
    const study = new OpenStudy('study_0001', get)
    study.open({ plane: 'axial', index: undefined })
    await settled(study)
    assert.equal(asked[2], 'study_0001/image/slices/7.raw?plane=axial', 'the one slice with lesion')
  })

  it('begins at the last slice where the link names one past it', async () => {
    const { get, asked } = client()
    const study = new OpenStudy('study_0002', get)
    study.open({ plane: 'axial', index: 99 })
    await settled(study)
    assert.equal(study.problem, undefined)
    assert.ok(asked.includes('study_0002/image/slices/11.raw?plane=axial'))
  })

  it('fetches a slice that is looked at ahead of the stream, and gives it up for the next look', async () => {
    let release = () => {}
    const held = new Promise<void>((resolve) => { release = resolve })
    const { get, aborted } = client(async (response, to, { signal }) => {
      if (to.endsWith('image.raw')) await held
      if (to.endsWith('/9.raw')) await new Promise((_resolve, reject) => signal!.addEventListener('abort', () => reject(signal!.reason)))
      return response
    })
    const study = new OpenStudy('study_0002', get)
    study.open({ plane: 'axial', index: 0 })
    await changed(study, () => study.image?.has(sliceThrough(study.grid!, 'axial', 0, 'native')) === true)
    study.demand('pane 1', 'axial', 9)
    study.demand('pane 1', 'axial', 10)
    await changed(study, () => study.image!.has(sliceThrough(study.grid!, 'axial', 10, 'native')))
    assert.deepEqual(aborted, ['study_0002/image/slices/9.raw?plane=axial'])
    assert.equal(study.image!.voxels[20 * 16 * 10], 1000)
    release()
    await settled(study)
  })

  it('keeps values that are no narrow integers as float32', async () => {
    const study = new OpenStudy('study_0005', client().get)
    study.open({ plane: 'coronal', index: 2 })
    await settled(study)
    assert.ok(study.image!.voxels instanceof Float32Array)
    assert.equal(study.image!.voxels[1 + 20 * (3 + 16 * 2)], 201.75)
  })

  it('says in the words of the service what is damaged or missing, and draws nothing', async () => {
    for (const [id, words] of [['study_0003', /gzip/i], ['study_0006', /does not exist|missing/i], ['study_0404', /No study has the id/]] as const) {
      const study = new OpenStudy(id, client().get)
      study.open({ plane: 'axial', index: 3 })
      await settled(study)
      assert.match(study.problem!.message, words)
      assert.equal(study.image, undefined)
    }
  })

  it('shows the image though its mask does not fit, and says so', async () => {
    const study = new OpenStudy('study_0004', client().get)
    study.open({ plane: 'sagittal', index: 3 })
    await settled(study)
    assert.ok(study.image!.isComplete)
    assert.equal(study.mask, undefined)
    assert.match(study.maskProblem!.message, /does not fit.*11 x 16.*12 x 16/)
  })

  it('waits while the study is being read', async () => {
    let refusals = 2
    const { get } = client((response, to) => to.endsWith('image.raw') && refusals-- > 0
      ? Response.json({ type: 'urn:niiserve:problem:catalog-building', detail: 'still being read' }, { status: 503 })
      : response)
    const study = new OpenStudy('study_0001', get)
    study.open({ plane: 'axial', index: 7 })
    await changed(study, () => study.waiting !== undefined)
    assert.equal(study.waiting!.message, 'still being read')
    await settled(study)
    assert.ok(study.isComplete)
    assert.equal(study.waiting, undefined)
  })

  it('goes on where a stream broke off', async () => {
    const { get, asked } = client(broken(1000))
    const study = new OpenStudy('study_0002', get)
    study.open({ plane: 'axial', index: 0 })
    await settled(study)
    assert.equal(asked.filter((name) => name.endsWith('image.raw')).length, 2)
    assert.ok(study.image!.isComplete)
    assert.deepEqual([...study.image!.voxels.subarray(0, 5)], [0, 1, 2, 3, 4])
    assert.equal(study.image!.voxels.at(-1), 19 + 150 + 1100)
  })

  it('begins again where the file has changed meanwhile', async () => {
    const break1000 = broken(1000)
    const { get } = client(async (response, to, init) => {
      if (to.endsWith('image.raw') && new Headers(init.headers).has('range')) return await fetch(response.url)
      return await break1000(response, to, init)
    })
    const study = new OpenStudy('study_0002', get)
    study.open({ plane: 'axial', index: 0 })
    await settled(study)
    assert.ok(study.image!.isComplete)
    assert.equal(study.image!.voxels.at(-1), 19 + 150 + 1100)
  })
})

/** Cuts the first answer of the volume after so many bytes, as a connection that is lost does. */
function broken (bytes: number): (response: Response, to: string, init: RequestInit) => Promise<Response> {
  let isBroken = false
  return async (response, to) => {
    if (!to.endsWith('image.raw') || isBroken) return response
    isBroken = true
    const start = new Uint8Array(await response.arrayBuffer()).subarray(0, bytes)
    let isSent = false
    const body = new ReadableStream({ pull: (stream) => { if (isSent) stream.error(new TypeError('network error')); else stream.enqueue(start); isSent = true } }, { highWaterMark: 0 })
    return new Response(body, response)
  }
}

/** A request that is never answered; it ends when it is given up. */
async function unanswered ({ signal }: RequestInit): Promise<Response> {
  return await new Promise((_resolve, reject) => signal!.addEventListener('abort', () => reject(signal!.reason)))
}

describe('the shelf', () => {
  const first = { plane: 'axial' as const, index: 0 }
  const BYTES = 20 * 16 * 12 * 2

  it('gives up the requests of a study that is left, and goes on where it was when it is taken again', async () => {
    let isHeld = true
    const { get, aborted, asked } = client((response, to, init) => isHeld && to.endsWith('image.raw') ? unanswered(init) : response)
    const shelf = new Shelf(get)
    const study = shelf.take('study_0002', first)
    await changed(study, () => asked.includes('study_0002/image.raw'))
    shelf.leave('study_0002')
    assert.ok(aborted.includes('study_0002/image.raw'))
    isHeld = false
    assert.equal(shelf.take('study_0002', first), study)
    await settled(study)
    assert.ok(study.isComplete)
    assert.equal(asked.filter((name) => name.includes('/slices/0.raw')).length, 1, 'the slice is there already')
    shelf.leave('study_0002')
  })

  it('keeps the two studies on screen in any case, and others as long as there is room', async () => {
    const shelf = new Shelf(client().get, 2 * BYTES)
    for (const id of ['study_0002', 'study_0004', 'study_0005']) {
      await settled(shelf.take(id, first))
    }
    // three on screen: int16, int16, float32; the smallest one counts
    assert.equal(shelf.beside, BYTES)
    shelf.leave('study_0004')
    assert.deepEqual([shelf.beside, shelf.held], [BYTES, ['study_0002', 'study_0004', 'study_0005']])
    shelf.leave('study_0005')
    assert.deepEqual(shelf.held, ['study_0002', 'study_0005'], 'the one left first goes: the last is twice as large')
    shelf.leave('study_0002')
    assert.ok(shelf.beside <= 2 * BYTES)
  })

  it('loads ahead what is looked at next', async () => {
    const { get, asked } = client()
    const shelf = new Shelf(get)
    shelf.prefetch('study_0001', first)
    while (!asked.some((name) => name.startsWith('study_0001/mask.raw'))) await new Promise((resolve) => setTimeout(resolve, 10))
    const study = shelf.take('study_0001', first)
    await settled(study)
    assert.equal(asked.filter((name) => name.endsWith('image.raw')).length, 1)
  })
})

describe('studies that load at once', () => {
  it('show their first slices before any volume is streamed, and stream one after the other', async () => {
    const { get, asked } = client()
    const shelf = new Shelf(get)
    const ids = ['study_0002', 'study_0001', 'study_0005']
    const studies = ids.map((id) => shelf.take(id, { plane: 'axial', index: 4 }))
    for (const study of studies) await settled(study)
    const streams = asked.filter((name) => /(image|mask).raw/.test(name))
    assert.deepEqual(streams, ['study_0002/image.raw', 'study_0001/image.raw', 'study_0005/image.raw?dtype=float32', 'study_0001/mask.raw?dtype=uint8'])
    assert.equal(asked.slice(asked.indexOf(streams[0]!)).filter((name) => name.includes('/slices/')).length, 0)
    for (const id of ids) shelf.leave(id)
  })

  it('do not wait for one that was left', async () => {
    const { get, asked } = client((response, to, init) => to.includes('study_0002/image.raw') ? unanswered(init) : response)
    const shelf = new Shelf(get)
    const stuck = shelf.take('study_0002', { plane: 'axial', index: 4 })
    await changed(stuck, () => asked.includes('study_0002/image.raw'))
    const next = shelf.take('study_0001', { plane: 'axial', index: 4 })
    await changed(next, () => next.mask?.has({ plane: 'axial', index: 4, normalAxis: 2 }) === true)
    assert.ok(!asked.includes('study_0001/image.raw'))
    shelf.leave('study_0002')
    await settled(next)
    assert.ok(next.isComplete)
  })
})
