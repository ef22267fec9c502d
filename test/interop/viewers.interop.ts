import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { buildTestApp } from '../support/test-app.js'
import { freePort } from '../support/free-ports.js'

const KEY = 'a-key-of-the-test'
const SFORM = [[-0.5, 0, 0, 10], [0, 1, 0, 20], [0, 0, 5, 30]]
const isLesion = (i: number, j: number, k: number) => Number(i > 1 && j > 1 && k > 1 && i !== j)
const { origin, json, bytes } = await buildTestApp({ after }, {
  config: { corsOrigins: ['*'] },
  studies: [{ category: 'CT-1', image: { shape: [6, 5, 4], sform: SFORM }, mask: { shape: [6, 5, 4], sform: SFORM, datatype: 'uint8', voxels: isLesion } }, {}]
})
const closed = await buildTestApp({ after }, { config: { apiKeys: [KEY] }, studies: [{ category: 'CT-1', image: { shape: [6, 5, 4], sform: SFORM }, mask: { shape: [6, 5, 4], sform: SFORM, datatype: 'uint8', voxels: isLesion } }] })

describe('OHIF\'s client: dicomweb-client and dcmjs of npm', () => {
  const require = createRequire(join(process.cwd(), '.niiserve/contract/viewers/'))
  Object.assign(globalThis, { XMLHttpRequest: require('xhr2') })
  const { api } = require('dicomweb-client')
  const { data: { DicomMetaDictionary, DicomMessage, BitArray } } = require('dcmjs')
  const client = new api.DICOMwebClient({ url: `${origin}/dicomweb` })
  const natural = (dataset: object) => DicomMetaDictionary.naturalizeDataset(dataset)

  it('finds studies as its worklist asks, page after page', async () => {
    const found = await client.searchForStudies({ queryParams: { limit: 101, offset: 0, fuzzymatching: true, includefield: '00081030,00080060', PatientName: '*study*' } })
    assert.deepEqual(found.map((one: object) => natural(one).PatientID), ['study_0001', 'study_0002'])
    const [study] = found.map(natural)
    assert.deepEqual([study.StudyDescription, [...study.ModalitiesInStudy]], ['CT-1', ['CT', 'SEG']])
    // Two UIDs, separated as OHIF's data source does.
    const both = await client.searchForStudies({ queryParams: { StudyInstanceUID: found.map((one: object) => natural(one).StudyInstanceUID).join('\\\\') } })
    assert.equal(both.length, 2)
  })

  it('takes the series for a volume, by OHIF\'s own rule', async () => {
    const instances = await imageInstances()
    // platform/core isDisplaySetReconstructable: two or more, equal rows, columns and orientation, positions evenly apart.
    assert.ok(instances.length >= 2)
    const [first] = instances
    for (const { Rows, Columns, SamplesPerPixel, ImageOrientationPatient } of instances) {
      assert.deepEqual([Rows, Columns, SamplesPerPixel], [first.Rows, first.Columns, first.SamplesPerPixel])
      assert.ok(ImageOrientationPatient.every((value: number, n: number) => Math.abs(value - first.ImageOrientationPatient[n]) < 0.01))
    }
    const steps = instances.slice(1).map((one: any, n: number) => Math.hypot(...one.ImagePositionPatient.map((value: number, axis: number) => value - instances[n].ImagePositionPatient[axis])))
    const mean = steps.reduce((sum: number, step: number) => sum + step, 0) / steps.length
    assert.ok(mean > 0.01 && steps.every((step: number) => Math.abs(step - mean) < 0.2 * mean), steps.join())
    assert.ok(instances.every(({ PixelSpacing, RescaleSlope, WindowCenter }: any) => PixelSpacing.length === 2 && RescaleSlope === 1 && WindowCenter[0] === -600))
  })

  it('fetches frames, which are the slices of the array API', async () => {
    for (const { StudyInstanceUID: studyInstanceUID, SeriesInstanceUID: seriesInstanceUID, SOPInstanceUID: sopInstanceUID, InstanceNumber } of await imageInstances()) {
      const [frame] = await client.retrieveInstanceFrames({ studyInstanceUID, seriesInstanceUID, sopInstanceUID, frameNumbers: [1] })
      assert.deepEqual(Buffer.from(frame), await bytes(`/v1/studies/study_0001/image/slices/${InstanceNumber - 1}.raw?orientation=radiological`))
    }
  })

  it('reads the segmentation, which names the series it is of, back to the mask', async () => {
    const { study, seg, ct } = await uids()
    const [instance] = await client.retrieveSeriesMetadata({ studyInstanceUID: study, seriesInstanceUID: seg })
    const file = await client.retrieveInstance({ studyInstanceUID: study, seriesInstanceUID: seg, sopInstanceUID: natural(instance).SOPInstanceUID })
    const { dict } = DicomMessage.readFile(file)
    const dataset = natural(dict)
    assert.equal(dataset.ReferencedSeriesSequence[0]?.SeriesInstanceUID ?? dataset.ReferencedSeriesSequence.SeriesInstanceUID, ct)
    const pixels = BitArray.unpack(new Uint8Array(dataset.PixelData[0] ?? dataset.PixelData)) as Uint8Array
    const frames = [2, 3].map((k) => [4, 3, 2, 1, 0].flatMap((j) => [0, 1, 2, 3, 4, 5].map((i) => isLesion(i, j, k))))
    assert.deepEqual([...pixels].slice(0, 60).map(Number).map((value) => Number(value !== 0)), frames.flat())
  })

  it('shows a picture of a series, as its panel asks for it', async () => {
    const { study, ct } = await uids()
    const { status, headers } = await fetch(`${origin}/dicomweb/studies/${study}/series/${ct}/thumbnail?accept=image/jpeg`, { headers: { origin: 'https://viewer.example' } })
    assert.deepEqual([status, headers.get('content-type'), headers.get('access-control-allow-origin')], [200, 'image/jpeg', '*'])
  })

  async function uids (): Promise<{ study: string, ct: string, seg: string }> {
    const [found] = await client.searchForStudies({ queryParams: { PatientID: 'study_0001' } })
    const study = natural(found).StudyInstanceUID
    const [ct, seg] = (await client.searchForSeries({ studyInstanceUID: study })).map((one: object) => natural(one).SeriesInstanceUID)
    return { study, ct, seg }
  }

  async function imageInstances (): Promise<any[]> {
    const { study, ct } = await uids()
    return (await client.retrieveSeriesMetadata({ studyInstanceUID: study, seriesInstanceUID: ct })).map(natural)
  }
})

const PLUGIN = '/usr/share/orthanc/plugins/libOrthancDicomWeb.so'
const hasOrthanc = spawnSync('which', ['Orthanc']).status === 0 && existsSync(PLUGIN)

describe('Orthanc', { skip: !hasOrthanc && 'Orthanc is not installed (Debian: orthanc, orthanc-dicomweb)' }, () => {
  it('retrieves a study by its DICOMweb plugin, with a key, and shows the same pixels', async (t) => {
    const { port, ask } = await startOrthanc(t)
    const studies = JSON.parse(Buffer.from((await closed.get('/dicomweb/studies').set('authorization', `Bearer ${KEY}`)).body).toString())
    const study = studies[0]['0020000D'].Value[0]
    const search = await ask('POST', '/dicom-web/servers/niiserve/qido', { Uri: '/studies', Arguments: { PatientID: 'study_0001' } })
    assert.equal(Object.keys(search).length, 1)
    await ask('POST', '/dicom-web/servers/niiserve/retrieve', { Resources: [{ Study: study }], Synchronous: true })
    const instances = await ask('GET', '/instances?expand')
    assert.equal(instances.length, 5, 'four slices and a segmentation')
    for (const { ID, MainDicomTags } of instances) {
      const tags = await ask('GET', `/instances/${ID}/simplified-tags`)
      if (tags.Modality !== 'CT') continue
      const raw = Buffer.from(await (await fetch(`http://127.0.0.1:${port}/instances/${ID}/frames/0/raw`)).arrayBuffer())
      const ours = await closed.get(`/v1/studies/study_0001/image/slices/${Number(MainDicomTags.InstanceNumber) - 1}.raw?orientation=radiological`).set('authorization', `Bearer ${KEY}`)
      assert.equal(createHash('sha256').update(raw).digest('hex'), createHash('sha256').update(ours.body).digest('hex'))
    }
    assert.equal((await json('/v1/studies/study_0001')).status, 'ready')
  })
})

/** Orthanc with nothing but its DICOMweb plugin, which knows our service. */
async function startOrthanc (t: { after: (done: () => void) => void }): Promise<{ port: number, ask: (method: string, path: string, body?: object) => Promise<any> }> {
  const home = mkdtempSync(join(tmpdir(), 'niiserve-orthanc-'))
  const port = await freePort()
  writeFileSync(join(home, 'orthanc.json'), JSON.stringify({
    StorageDirectory: home,
    IndexDirectory: home,
    HttpPort: port,
    RemoteAccessAllowed: false,
    AuthenticationEnabled: false,
    DicomServerEnabled: false,
    Plugins: [PLUGIN],
    DicomWeb: { Enable: true, Servers: { niiserve: [`${closed.origin}/dicomweb/`, 'niiserve', KEY] } }
  }))
  const child = spawn('Orthanc', [join(home, 'orthanc.json')], { stdio: 'ignore' })
  t.after(() => {
    child.kill()
    rmSync(home, { recursive: true, force: true })
  })
  const address = `http://127.0.0.1:${port}`
  for (let left = 200; ; left--) {
    const isUp = await fetch(`${address}/system`).then(({ ok }) => ok, () => false)
    if (isUp) break
    assert.ok(left > 0 && child.exitCode === null, 'Orthanc does not start')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const ask = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${address}${path}`, { method, ...(body !== undefined && { body: JSON.stringify(body) }) })
    const text = await response.text()
    assert.ok(response.ok, `${path}: ${response.status} ${text}`)
    return JSON.parse(text)
  }
  return { port, ask }
}
