import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { assertProblem } from '../support/test-app.js'
import { dicomwebApp, firstStudy, valueOf } from './dicomweb-app.js'

const app = await dicomwebApp({ after })

const ids = async (query: string) => (await app.dicom(`/studies?${query}`)).map((one: any) => valueOf(one, 'patientId'))

describe('a search for studies (QIDO-RS)', () => {
  it('finds every study that is ready and can be DICOM, and says which is left out', async () => {
    const { status, headers, body } = await app.get('/dicomweb/studies').set('accept', 'application/dicom+json')
    assert.equal(status, 200)
    assert.match(headers['content-type']!, /^application\/dicom\+json/)
    assert.deepEqual(JSON.parse(body).map((one: any) => valueOf(one, 'patientId')), ['study_0001', 'study_0002', 'study_0004'])
    assert.match(headers['warning']!, /^299 niiserve "study study_0003 is left out: its rows and columns are 78\.69 degrees apart, and DICOM has right angles only"$/)
  })

  it('describes each: patient, dates that are empty, modalities, and how much there is', async () => {
    const [found] = await app.dicom('/studies?PatientID=study_0001')
    assert.deepEqual(found['00100010'], { vr: 'PN', Value: [{ Alphabetic: 'study_0001' }] })
    assert.deepEqual(found['00080020'], { vr: 'DA' })
    assert.deepEqual(found['00081030'], { vr: 'LO', Value: ['CT-1'] })
    assert.deepEqual(found['00080061'], { vr: 'CS', Value: ['CT', 'SEG'] })
    assert.deepEqual([found['00201206'], found['00201208']], [{ vr: 'IS', Value: [2] }, { vr: 'IS', Value: [5] }])
    assert.equal(valueOf(found, 'url'), `${app.origin}/dicomweb/studies/${valueOf(found, 'study')}`)
  })

  it('has no segmentation where the mask is empty', async () => {
    const [found] = await app.dicom('/studies?PatientID=study_0004')
    assert.deepEqual(found['00080061'].Value, ['CT'])
  })

  it('matches by keyword or tag, with wildcards, and names without regard to case', async () => {
    assert.deepEqual(await ids('PatientID=study_0002'), ['study_0002'])
    assert.deepEqual(await ids('00100020=*_0002'), ['study_0002'])
    assert.deepEqual(await ids('PatientID=study_000?'), ['study_0001', 'study_0002', 'study_0004'])
    assert.deepEqual(await ids('PatientName=*STUDY_0001*&fuzzymatching=true'), ['study_0001'])
    assert.deepEqual(await ids('PatientName='), ['study_0001', 'study_0002', 'study_0004'])
    assert.deepEqual(await ids('StudyDescription=CT-2'), ['study_0002'])
    assert.deepEqual(await ids('ModalitiesInStudy=SEG'), ['study_0001'])
    assert.deepEqual(await ids('PatientID=none'), [])
    assert.deepEqual(await ids('PatientID=study_.*'), [], 'a dot is a dot')
  })

  it('matches lists of UIDs, separated as clients do', async () => {
    const [a, b, c] = (await app.dicom('/studies')).map((one: any) => valueOf(one, 'study'))
    for (const separator of [',', '\\', '\\\\', '%5C']) assert.deepEqual(await ids(`StudyInstanceUID=${a}${separator}${c}`), ['study_0001', 'study_0004'], separator)
    assert.deepEqual(await ids(`0020000d=${b}`), ['study_0002'])
    assert.deepEqual(await ids('StudyInstanceUID=1.2.3'), [])
  })

  it('finds no study by a date, which none has, and all by any date', async () => {
    assert.deepEqual(await ids('StudyDate=20200101-20201231'), [])
    assert.equal((await ids('StudyDate=*')).length, 3)
  })

  it('is cut into pages, down to an empty one', async () => {
    assert.deepEqual(await ids('limit=2'), ['study_0001', 'study_0002'])
    assert.deepEqual(await ids('limit=2&offset=2'), ['study_0004'])
    assert.deepEqual(await ids('limit=2&offset=4'), [])
    assert.deepEqual(await ids('limit=0'), [])
  })

  it('ignores unknown parameters and says so, for every accepted media type', async () => {
    for (const [query, said] of [['colour=red', 'colour'], ['limit=many', 'limit'], ['toString=1', 'toString'], ['a%22b=1', 'a\\?b']] as const) {
      const { status, headers } = await app.get(`/dicomweb/studies?${query}`).set('accept', 'text/html')
      assert.equal(status, 200, query)
      assert.match(headers['warning']!, new RegExp(`299 niiserve "[^"]*${said}[^"]*ignored"`))
    }
    const { headers } = await app.get('/dicomweb/studies?PatientID=study_0001&includefield=all&includefield=00081030,PatientSex&fuzzymatching=false')
    assert.equal(headers['warning'], undefined)
  })
})

describe('a search for series and instances', () => {
  it('finds the image, one instance a slice, and the mask as one segmentation', async () => {
    const { study, ct, seg, slices, path } = await firstStudy(app.dicom)
    const series = await app.dicom(`/studies/${study}/series`)
    assert.deepEqual(series.map((one: any) => [valueOf(one, 'modality'), one['00201209'].Value[0], one['00200011'].Value[0]]), [['CT', 4, 1], ['SEG', 1, 2]])
    assert.deepEqual(await app.dicom(`/studies/${study}/series?Modality=SEG`).then((found) => found.map((one: any) => valueOf(one, 'series'))), [seg])
    const instances = await app.dicom(`${path}/instances`)
    assert.deepEqual(instances.map((one: any) => [valueOf(one, 'number'), valueOf(one, 'rows'), one['00280011'].Value[0]]), [1, 2, 3, 4].map((number) => [number, 5, 6]))
    assert.equal(new Set([study, ct, seg, ...slices]).size, 7)
    assert.equal(instances[0]['00200032'], undefined, 'a position is not asked for')
    const [one] = await app.dicom(`${path}/instances?InstanceNumber=3&includefield=ImagePositionPatient`)
    assert.equal(valueOf(one, 'instance'), slices[2])
    assert.deepEqual(one['00200032'].Value, [-10, -(20 + 4), 40])
  })

  it('goes across studies too', async () => {
    assert.equal((await app.dicom('/series')).length, 4)
    assert.equal((await app.dicom('/instances')).length, 13)
    assert.equal((await app.dicom('/instances?Modality=SEG')).length, 1)
    assert.equal((await app.dicom('/instances?limit=3&offset=11')).length, 2)
  })

  it('answers 404 for a study that is not there, and for one that cannot be DICOM', async () => {
    assertProblem(await app.get('/dicomweb/studies/1.2.3/series'), 404, 'route-not-found')
    const { study } = await firstStudy(app.dicom)
    assertProblem(await app.get(`/dicomweb/studies/${study}/series/1.2.3/instances`), 404, 'route-not-found')
  })
})

describe('the archive', () => {
  it('takes nothing in: storing is 405', async () => {
    assertProblem(await app.request.post('/dicomweb/studies'), 405, 'method-not-allowed')
  })

  it('is not there with DICOMWEB=off', async (t) => {
    const off = await dicomwebApp(t, { config: { dicomweb: false } })
    assertProblem(await off.get('/dicomweb/studies'), 404, 'route-not-found')
  })
})

describe('a link to OHIF', () => {
  it('leads to the study by its UID, where OHIF_URL is set', async (t) => {
    const linked = await dicomwebApp(t, { config: { ohifUrl: 'https://viewer.example.org' } })
    const { study } = await firstStudy(linked.dicom)
    const { status, headers } = await linked.get('/dicomweb/ohif/study_0001').redirects(0)
    assert.deepEqual([status, headers['location']], [302, `https://viewer.example.org/viewer?StudyInstanceUIDs=${study}`])
    assertProblem(await linked.get('/dicomweb/ohif/study_0003'), 404, 'route-not-found')
    assertProblem(await linked.get('/dicomweb/ohif/study_9999'), 404, 'study-not-found')
    assertProblem(await app.get('/dicomweb/ohif/study_0001'), 404, 'route-not-found')
  })
})
