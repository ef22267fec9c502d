import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { givenAway } from '../../src/nifti/identifying-text.js'

describe('a text of a header gives away', () => {
  const CASES: Array<[text: string, ...what: string[]]> = [
    ['2020-03-05', 'a date'], ['20200305', 'a date'], ['scan of 5.3.2020', 'a date'], ['5 Mar 2020', 'a date'], ['FSL 6.0.4 2021/11/30', 'a date'],
    ['09:15', 'a time'], ['091532.123000', 'a time'], ['Time=91532.120', 'a time'], ['TIME: 0915', 'a time'],
    ['DOE^JANE', 'a person\'s name'], ['Müller^Ü', 'a person\'s name'],
    ['/home/jane/scan.nii', 'a path'], ['C:\\Users\\jane', 'a path'], ['\\\\pacs\\share', 'a path'],
    ['jane.doe@hospital.example', 'an e-mail address'],
    ['DOE^JANE 2020-03-05 09:15', 'a date', 'a time', 'a person\'s name']
  ]
  for (const [text, ...what] of CASES) it(`${what.join(', ')}: ${text}`, () => assert.deepEqual(givenAway(text), what))

  for (const text of ['', 'FSL5.0', 'TE=2.9;sec=0.0000', '5.0.11', 'Chest CT 1.25 mm/1024', '512x512x41', 'study_0255_mask.nii', '1234567', 'made by ITK 5.3', 'mm/s', 'x^2', 'B70f 120kVp', 'ratio 16:9']) {
    it(`nothing: ${JSON.stringify(text)}`, () => assert.deepEqual(givenAway(text), []))
  }
})
