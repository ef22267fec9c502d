import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { encode, part10Head } from '../../src/dicom/part10.js'

/** Bytes as the standard's tables print them: hexadecimal, with text in quotes. */
function bytes (text: string): string {
  return text.replace(/"([^"]*)"/g, (_, quoted: string) => Buffer.from(quoted).toString('hex')).replace(/\s/g, '')
}

const hex = (data: Uint8Array) => Buffer.from(data).toString('hex')

// Worked by hand from PS3.5, 7.1.2 (explicit VR), 6.2 (padding) and 7.5 (sequences).
describe('Explicit VR Little Endian', () => {
  it('writes tag, representation, length and value, in order of the tags whatever the order given', () => {
    assert.equal(hex(encode({ Rows: 512, PatientID: 'study_1' })), bytes(`
      1000 2000 "LO" 0800 "study_1 "
      2800 1000 "US" 0200 0002`))
  })

  it('fills text up with a space, and a UID with a NUL, to an even length', () => {
    assert.equal(hex(encode({ Modality: 'SEG', SOPClassUID: '1.2' })), bytes('0800 1600 "UI" 0400 "1.2" 00   0800 6000 "CS" 0400 "SEG "'))
  })

  it('separates several values by a backslash, and writes numbers as decimal strings', () => {
    assert.equal(hex(encode({ PixelSpacing: [0.7, 1 / 3], ImageType: ['DERIVED', 'SECONDARY', 'AXIAL'] })), bytes(`
      0800 0800 "CS" 1800 "DERIVED\\SECONDARY\\AXIAL "
      2800 3000 "DS" 1400 "0.7\\0.33333333333333"`))
  })

  it('writes an empty attribute as one of length 0', () => {
    assert.equal(hex(encode({ StudyDate: null })), bytes('0800 2000 "DA" 0000'))
  })

  it('writes numbers and tags in binary, little-endian', () => {
    assert.equal(hex(encode({ DimensionIndexValues: [1, 70000], DimensionIndexPointer: '00200032' })), bytes(`
      2000 5791 "UL" 0800 01000000 70110100
      2000 6591 "AT" 0400 2000 3200`))
  })

  it('writes a sequence with the lengths of its items', () => {
    assert.equal(hex(encode({ DerivationCodeSequence: [{ CodeValue: '113076', CodingSchemeDesignator: 'DCM' }, {}] })), bytes(`
      0800 1592 "SQ" 0000 2a000000
        feff 00e0 1a000000
          0800 0001 "SH" 0600 "113076"
          0800 0201 "SH" 0400 "DCM "
        feff 00e0 00000000`))
  })

  it('writes text in UTF-8', () => {
    assert.equal(hex(encode({ StudyDescription: 'Grad 2 ä' })), bytes('0800 3010 "LO" 0a00 "Grad 2 ä" 20'))
  })
})

describe('a DICOM file up to its pixels', () => {
  const head = part10Head({ SOPClassUID: '1.2.3', SOPInstanceUID: '4.5', Modality: 'CT' }, { vr: 'OB', bytes: 3 })

  it('begins with 128 bytes of nothing and DICM', () => {
    assert.ok(head.subarray(0, 128).every((byte) => byte === 0))
    assert.equal(Buffer.from(head.subarray(128, 132)).toString(), 'DICM')
  })

  it('says in its meta information how long that is, what the object is, and the transfer syntax', () => {
    const length = Buffer.from(head).readUInt32LE(140)
    const meta = hex(head.subarray(144, 144 + length))
    assert.ok(meta.startsWith(bytes('0200 0100 "OB" 0000 02000000 0001   0200 0200 "UI" 0600 "1.2.3" 00   0200 0300 "UI" 0400 "4.5" 00   0200 1000 "UI" 1400 "1.2.840.10008.1.2.1" 00')))
    assert.equal(hex(head.subarray(144 + length, 144 + length + 2)), '0800', 'the data set follows')
  })

  it('ends with the head of Pixel Data, whose length is even', () => {
    assert.equal(hex(head.subarray(-12)), bytes('e07f 1000 "OB" 0000 04000000'))
  })
})
