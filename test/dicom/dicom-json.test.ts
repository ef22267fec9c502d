import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { dicomJson } from '../../src/dicom/dicom-json.js'

// PS3.18, annex F: the model's own examples are of these kinds.
describe('the DICOM JSON model', () => {
  it('names attributes by tag, with representation and values, in order of the tags', () => {
    const json = dicomJson({ Rows: 512, SOPClassUID: '1.2', ImageType: ['DERIVED', 'SECONDARY', 'AXIAL'] })
    assert.deepEqual(json, {
      '00080008': { vr: 'CS', Value: ['DERIVED', 'SECONDARY', 'AXIAL'] },
      '00080016': { vr: 'UI', Value: ['1.2'] },
      '00280010': { vr: 'US', Value: [512] }
    })
    assert.deepEqual(Object.keys(json), ['00080008', '00080016', '00280010'])
  })

  it('has decimal and integer strings as numbers, the same that the file has', () => {
    assert.deepEqual(dicomJson({ PixelSpacing: [0.7, 1 / 3], InstanceNumber: 7 }), {
      '00200013': { vr: 'IS', Value: [7] },
      '00280030': { vr: 'DS', Value: [0.7, 0.33333333333333] }
    })
  })

  it('has names as Alphabetic, sequences as objects, and empty attributes without Value', () => {
    assert.deepEqual(dicomJson({ PatientName: 'study_0001', ReferringPhysicianName: null, DerivationCodeSequence: [{ CodeValue: '113076' }] }), {
      '00080090': { vr: 'PN' },
      '00089215': { vr: 'SQ', Value: [{ '00080100': { vr: 'SH', Value: ['113076'] } }] },
      '00100010': { vr: 'PN', Value: [{ Alphabetic: 'study_0001' }] }
    })
  })

  it('leaves pixels out', () => {
    assert.deepEqual(dicomJson({ PixelData: new Uint8Array(4) }), {})
  })
})
