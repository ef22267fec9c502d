import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { readPng } from '../render/read-png.js'
import { assertProblem } from '../support/test-app.js'
import { writeContent } from '../support/test-dataset.js'
import { dicomwebApp, firstStudy, TAG, valueOf } from './dicomweb-app.js'

const app = await dicomwebApp({ after })
const first = await firstStudy(app.dicom)

/** Rows of make-nifti's voxels, i + 10 j + 100 k, as they are sent: the front row, which is the last j, comes first. */
const SLICE_2 = [4, 3, 2, 1, 0].flatMap((j) => [0, 1, 2, 3, 4, 5].map((i) => i + 10 * j + 200))

/** The parts of a multipart body: heads as text, contents as bytes. */
function partsOf (contentType: string, body: Buffer): { head: string, content: Buffer }[] {
  const boundary = /boundary=([^;]+)/.exec(contentType)![1]!
  const parts: { head: string, content: Buffer }[] = []
  let at = body.indexOf(`--${boundary}\r\n`)
  assert.equal(at, 0)
  for (;;) {
    const start = body.indexOf('\r\n\r\n', at) + 4
    const end = body.indexOf(`\r\n--${boundary}`, start)
    parts.push({ head: body.subarray(at, start).toString().split('\r\n').slice(1).join('\r\n').trim(), content: body.subarray(start, end) })
    at = end + 2
    if (body.subarray(at).toString().startsWith(`--${boundary}--\r\n`)) return parts
  }
}

const numbers = (bytes: Buffer) => Array.from({ length: bytes.length / 2 }, (_, n) => bytes.readInt16LE(2 * n))

describe('metadata (WADO-RS)', () => {
  it('has one object an instance, of study, series or instance, without pixels', async () => {
    const { study, path, slices } = first
    const [ofStudy, ofSeries, ofInstance] = [await app.dicom(`/studies/${study}/metadata`), await app.dicom(`${path}/metadata`), await app.dicom(`${path}/instances/${slices[2]}/metadata`)]
    assert.deepEqual([ofStudy.length, ofSeries.length, ofInstance.length], [5, 4, 1])
    assert.deepEqual(ofInstance[0], ofSeries[2])
    assert.deepEqual(ofStudy.slice(0, 4), ofSeries)
    assert.ok(ofStudy.every((one: any) => one['7FE00010'] === undefined))
  })

  it('says where the slice lies and what its values are', async () => {
    const [slice] = await app.dicom(`${first.path}/instances/${first.slices[2]}/metadata`)
    assert.deepEqual(slice[TAG.orientation].Value, [1, 0, 0, 0, 1, 0])
    assert.deepEqual(slice[TAG.position].Value, [-10, -(20 + 4), 40])
    assert.deepEqual(slice[TAG.spacing].Value, [1, 0.5])
    assert.deepEqual([slice['00281053'], slice['00281052']], [{ vr: 'DS', Value: [1] }, { vr: 'DS', Value: [0] }])
    assert.equal(slice[TAG.derivation], undefined)
  })

  it('says of scaled values that they were rounded', async () => {
    const [found] = await app.dicom('/studies?PatientID=study_0002')
    const [slice] = await app.dicom(`/studies/${valueOf(found, 'study')}/metadata`)
    assert.equal(valueOf(slice, 'derivation'), 'HU computed from scaled int16, rounded to whole numbers and clamped to -32768..32767')
  })

  it('is not sent again to a client that has it', async () => {
    const { headers } = await app.get(`/dicomweb${first.path}/metadata`)
    const again = await app.get(`/dicomweb${first.path}/metadata`).set('if-none-match', headers['etag']!)
    assert.equal(again.status, 304)
  })
})

describe('frames', () => {
  const frame = () => `/dicomweb${first.path}/instances/${first.slices[2]}/frames/1`

  it('come as multipart, with the type of each part in the letters that clients look for', async () => {
    for (const accept of ['multipart/related; type=application/octet-stream; transfer-syntax=*', 'multipart/related; type="application/octet-stream"', '*/*', 'image/jls', '']) {
      const { status, headers, body } = await app.get(frame()).set('accept', accept)
      assert.equal(status, 200, accept)
      assert.match(headers['content-type']!, /^multipart\/related; type="application\/octet-stream"; boundary=/)
      assert.equal(headers['content-length'], String(body.length))
      const [part, ...rest] = partsOf(headers['content-type']!, body)
      assert.deepEqual([part!.head, rest.length], ['Content-Type: application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1', 0])
      assert.deepEqual(numbers(part!.content), SLICE_2)
    }
  })

  it('come alone if the header or the query asks for it', async () => {
    for (const response of [await app.get(frame()).set('accept', 'application/octet-stream'), await app.get(`${frame()}?accept=application/octet-stream`)]) {
      assert.equal(response.headers['content-type'], 'application/octet-stream')
      assert.deepEqual(numbers(response.body), SLICE_2)
    }
  })

  it('are the slices of the array API, byte for byte', async () => {
    for (const [n, uid] of first.slices.entries()) {
      const { body } = await app.get(`/dicomweb${first.path}/instances/${uid}/frames/1`).set('accept', 'application/octet-stream')
      assert.deepEqual(body, await app.bytes(`/v1/studies/study_0001/image/slices/${n}.raw?orientation=radiological`))
    }
  })

  it('have a validator that tells the one form from the other', async () => {
    const parts = await app.get(frame())
    const alone = await app.get(frame()).set('accept', 'application/octet-stream')
    assert.notEqual(parts.headers['etag'], alone.headers['etag'])
    assert.equal(parts.headers['vary'], 'Accept')
    assert.equal((await app.get(frame()).set('if-none-match', parts.headers['etag']!)).status, 304)
    assert.equal((await app.get(frame()).set('if-none-match', alone.headers['etag']!)).status, 200)
  })

  it('are HU, rounded, of scaled images', async () => {
    const [found] = await app.dicom('/studies?PatientID=study_0002')
    const [slice] = await app.dicom(`/studies/${valueOf(found, 'study')}/instances?InstanceNumber=3`)
    const { body } = await app.get(`/dicomweb/studies/${valueOf(found, 'study')}/series/${valueOf(slice, 'series')}/instances/${valueOf(slice, 'instance')}/frames/1`).set('accept', 'application/octet-stream')
    // Halves go to the even neighbour.
    const rounded = (value: number) => Math.abs(value % 1) === 0.5 ? 2 * Math.round(value / 2) : Math.round(value)
    assert.deepEqual(numbers(body), SLICE_2.map((stored) => rounded(stored * 0.5 - 1000)))
  })

  it('answer HEAD with what GET would say', async () => {
    const get = await app.get(frame())
    const head = await app.request.head(frame())
    for (const name of ['content-type', 'content-length', 'etag']) assert.equal(head.headers[name], get.headers[name], name)
  })

  it('are 404 if no frame has that number', async () => {
    for (const bad of ['2', '0', 'x', '1,2', '']) assertProblem(await app.get(frame().replace(/1$/, bad)), 404, 'route-not-found')
  })
})

describe('frames of a segmentation', () => {
  /** 1 where i > 1 and j > 1, in rows from the front: 3 rows of 001111, then two of zeros; the lowest bit is the first pixel. */
  const BITS = [0b00111100, 0b11001111, 0b00000011, 0b00000000]
  const path = () => `/studies/${first.study}/series/${first.seg}`

  it('are packed from bit 0 each, one by one and as a list', async () => {
    const [found] = await app.dicom(`${path()}/instances`)
    assert.equal(valueOf(found, 'frames'), 2)
    const { headers, body } = await app.get(`/dicomweb${path()}/instances/${valueOf(found, 'instance')}/frames/1,2`)
    assert.deepEqual(partsOf(headers['content-type']!, body).map(({ content }) => [...content]), [BITS, BITS])
    const alone = await app.get(`/dicomweb${path()}/instances/${valueOf(found, 'instance')}/frames/2`).set('accept', 'application/octet-stream')
    assert.deepEqual([...alone.body], BITS)
  })

  it('follow each other without a gap in the file', async () => {
    const [found] = await app.dicom(`${path()}/instances`)
    const { body } = await app.get(`/dicomweb${path()}/instances/${valueOf(found, 'instance')}`).set('accept', 'application/dicom')
    // 60 bits: the second frame begins at bit 30.
    const whole = BigInt(BITS.reduce((sum, byte, n) => sum + byte * 256 ** n, 0))
    const joined = whole | whole << 30n
    assert.deepEqual([...body.subarray(-8)], Array.from({ length: 8 }, (_, n) => Number(joined >> BigInt(8 * n) & 255n)))
    assert.equal(body.subarray(-20, -8).toString('latin1'), '\xe0\x7f\x10\0OB\0\0\x08\0\0\0')
  })
})

describe('whole instances', () => {
  it('come as DICOM files: one alone, or those of a series or study as multipart', async () => {
    const alone = await app.get(`/dicomweb${first.path}/instances/${first.slices[2]}`).set('accept', 'application/dicom')
    assert.equal(alone.headers['content-type'], 'application/dicom')
    assert.equal(alone.body.subarray(128, 132).toString(), 'DICM')
    assert.deepEqual(numbers(alone.body.subarray(-60)), SLICE_2)
    for (const [path, count] of [[`${first.path}/instances/${first.slices[2]}`, 1], [first.path, 4], [`/studies/${first.study}`, 5]] as const) {
      const { headers, body } = await app.get(`/dicomweb${path}`).set('accept', 'multipart/related; type="application/dicom"; transfer-syntax=*')
      assert.match(headers['content-type']!, /^multipart\/related; type="application\/dicom"; boundary=/)
      assert.equal(headers['content-length'], String(body.length))
      const parts = partsOf(headers['content-type']!, body)
      assert.equal(parts.length, count)
      assert.deepEqual(parts[count === 1 ? 0 : 2]!.content, alone.body)
    }
  })

  it('are refused while a changed file is read, and are others afterwards', async (t) => {
    const own = await dicomwebApp(t)
    const { path } = await firstStudy(own.dicom)
    writeContent(own.dataset.image('study_0001'), { shape: [6, 5, 4], voxels: () => 7 })
    const response = await own.get(`/dicomweb${path}`)
    assertProblem(response, 503, 'catalog-building')
    await own.settled(`/dicomweb${path}`)
    assertProblem(await own.get(`/dicomweb${path}`), 404, 'route-not-found')
    const again = await firstStudy(own.dicom)
    assert.notEqual(again.path, path, 'another file has other UIDs')
    assert.ok(again.path.startsWith(path.slice(0, path.indexOf('/series/'))), 'of the same study')
  })
})

describe('pictures', () => {
  const instance = () => `/dicomweb${first.path}/instances/${first.slices[2]}`

  it('are JPEG unless PNG is asked for', async () => {
    for (const [accept, type] of [['image/jpeg', 'jpeg'], ['image/png', 'png'], ['image/png;q=0.5, image/jpeg', 'jpeg'], ['*/*', 'jpeg'], ['image/gif', 'jpeg'], ['text/html, image/png', 'png']] as const) {
      const { status, headers } = await app.get(`${instance()}/rendered`).set('accept', accept)
      assert.deepEqual([status, headers['content-type']], [200, `image/${type}`], accept)
    }
    assert.equal((await app.get(`${instance()}/frames/1/rendered?accept=image/png`)).headers['content-type'], 'image/png')
  })

  it('go through DICOM\'s linear window', async () => {
    const { body } = await app.get(`${instance()}/rendered?window=220,41,linear&viewport=6,10`).set('accept', 'image/png')
    const { samples: pixels } = readPng(body)
    // PS3.3, C.11.2.1.2.1: ((x - (c - 0.5)) / (w - 1) + 0.5) * 255. Rows are twice as far apart as columns: 5 become 10, of which the first is as it was.
    const expected = SLICE_2.slice(0, 6).map((hu) => Math.max(0, Math.min(255, ((hu - 219.5) / 40 + 0.5) * 255)))
    for (const [n, grey] of expected.entries()) assert.ok(Math.abs(pixels[n]! - grey) <= 1, `${[...pixels.slice(0, 6)].join()}: ${expected.join()}`)
  })

  it('fit the viewport, with square pixels', async () => {
    const size = async (path: string) => {
      const { rows, columns } = readPng((await app.get(path).set('accept', 'image/png')).body)
      return [columns, rows]
    }
    // 6 columns of 0.5 mm and 5 rows of 1: 3 x 5 mm.
    assert.deepEqual(await size(`${instance()}/rendered?viewport=420,1000`), [420, 700])
    assert.deepEqual(await size(`${instance()}/rendered?viewport=1000,200`), [120, 200])
    assert.deepEqual(await size(`${instance()}/rendered`), [6, 10])
    assert.deepEqual(await size(`/dicomweb${first.path}/thumbnail`), [77, 128])
    assert.deepEqual(await size(`/dicomweb/studies/${first.study}/thumbnail?viewport=64,64`), [38, 64])
  })

  it('pass over what they do not understand, and say so', async () => {
    for (const query of ['window=1,2,sigmoid', 'window=wide', 'viewport=0,0', 'viewport=1,2,3,4,5,6']) {
      const { status, headers } = await app.get(`${instance()}/rendered?${query}`)
      assert.equal(status, 200, query)
      assert.match(headers['warning']!, /^299 niiserve "/, query)
    }
  })

  it('show a segmentation in black and white', async () => {
    const [found] = await app.dicom(`/studies/${first.study}/series/${first.seg}/instances`)
    const { body } = await app.get(`/dicomweb/studies/${first.study}/series/${first.seg}/instances/${valueOf(found, 'instance')}/frames/2/rendered?viewport=6,10`).set('accept', 'image/png')
    assert.deepEqual([...new Set(readPng(body).samples)].sort(), [0, 255])
  })
})
