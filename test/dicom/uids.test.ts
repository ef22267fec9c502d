import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { UIDS, uidOf } from '../../src/dicom/uids.js'

describe('UIDs', () => {
  it('are 2.25. and the version 5 UUID of what a thing is, as Python\'s uuid module computes it', () => {
    // ns = uuid5(NAMESPACE_URL, 'urn:niiserve:dicom'); uuid5(ns, '["study","d","study_0001"]').int
    assert.equal(UIDS.study('d', 'study_0001'), '2.25.104367810903696638573172994052351437286')
    assert.equal(uidOf('implementation', '1'), '2.25.155696644427829976495534489003504138494')
  })

  it('differ by every name they are made from, and fit in 64 bytes', () => {
    const study = UIDS.study('d', 's')
    const uids = [
      study, UIDS.study('d', 't'), UIDS.study('ds', ''), UIDS.series(study, 'image', 'a'), UIDS.series(study, 'image', 'b'), UIDS.series(study, 'mask', 'a'),
      UIDS.series(study, 'mask', 'a', 'b'), UIDS.instance(study, 0), UIDS.instance(study, 1), UIDS.frameOfReference(study, 'a'), UIDS.dimensions(study)
    ]
    assert.equal(new Set(uids).size, uids.length)
    for (const uid of uids) assert.match(uid, /^2\.25\.[1-9]\d{0,38}$/)
  })
})
