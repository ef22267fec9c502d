import { buildTestApp } from '../support/test-app.js'
import type { TestApp, TestAppOptions } from '../support/test-app.js'
import type { Scope } from '../support/test-dataset.js'

/** As MosMedData's files lie: i to the left, j to the front, k upwards. */
const SFORM = [[-0.5, 0, 0, 10], [0, 1, 0, 20], [0, 0, 5, 30]]
/** Rows and columns that are no right angle: no DICOM image. */
const SHEARED = [[-0.5, 0.2, 0, 10], [0, 1, 0, 20], [0, 0, 5, 30]]

/** Of 6 columns, 5 rows and 4 slices: one with a mask, one whose values are scaled, one sheared, one with an empty mask. */
export async function dicomwebApp (scope: Scope, options: TestAppOptions = {}): Promise<TestApp & { dicom: (path: string) => Promise<any> }> {
  const image = { shape: [6, 5, 4], sform: SFORM }
  const app = await buildTestApp(scope, {
    studies: [
      { category: 'CT-1', image, mask: { ...image, datatype: 'uint8', voxels: (i, j, k) => Number(i > 1 && j > 1 && k > 1) } },
      { category: 'CT-2', image: { ...image, slope: 0.5, inter: -1000 } },
      { category: 'CT-2', image: { ...image, sform: SHEARED } },
      { category: 'CT-3', image, mask: { ...image, datatype: 'uint8', voxels: () => 0 } }
    ],
    ...options
  })
  return { ...app, dicom: async (path) => JSON.parse(Buffer.from(await app.bytes(`/dicomweb${path}`)).toString('utf8')) }
}

/** Tags of what the tests look at. */
export const TAG = {
  patientId: '00100020',
  study: '0020000D',
  series: '0020000E',
  instance: '00080018',
  modality: '00080060',
  modalities: '00080061',
  rows: '00280010',
  studyDate: '00080020',
  position: '00200032',
  orientation: '00200037',
  spacing: '00280030',
  number: '00200013',
  url: '00081190',
  frames: '00280008',
  derivation: '00082111'
} as const

export const valueOf = (item: any, name: keyof typeof TAG) => item[TAG[name]].Value?.[0]

/** UIDs of the first study: its own, of its image and of its mask; the instances of the image by number. */
export async function firstStudy (dicom: (path: string) => Promise<any>): Promise<{ study: string, ct: string, seg: string, slices: string[], path: string }> {
  const [found] = await dicom('/studies?PatientID=study_0001')
  const study = valueOf(found, 'study')
  const [ct, seg] = (await dicom(`/studies/${study}/series`)).map((one: any) => valueOf(one, 'series'))
  const path = `/studies/${study}/series/${ct}`
  const slices = (await dicom(`${path}/instances`)).map((one: any) => valueOf(one, 'instance'))
  return { study, ct, seg, slices, path }
}
