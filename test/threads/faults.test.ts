import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as errors from '../../src/errors.js'
import { GzipDamaged } from '../../src/gzip/damaged.js'
import { DamagedSince, outcomeOf, thrown } from '../../src/threads/faults.js'

/** What comes out on the other side of a thread: between the two sides lies a structured clone. */
async function across (error: Error): Promise<Error> {
  const outcome = structuredClone(await outcomeOf(() => { throw error }))
  assert.ok('fault' in outcome)
  return thrown(outcome.fault)
}

const ONE_OF_EACH: errors.ServableFault[] = [
  new errors.InvalidRequest([{ parameter: 'size', detail: '20000x4 pixels do not fit a webp; its longest side is 16383' }]),
  new errors.StudyNotFound('study_0001'),
  new errors.MaskNotFound('study_0001'),
  new errors.SliceNotFound('axial', 38, 38),
  new errors.VolumeMissing('It is not there.'),
  new errors.VolumeUnreadable('It is damaged.'),
  new errors.OrientationUnknown('its sform is all zero and there is no qform'),
  new errors.RevisionGone('0000', '2c26b46b68ffc68f'),
  new errors.PredictionUnreadable('The prediction ends in its header.'),
  new errors.PredictionTooLarge('The prediction has 600 MiB decoded.'),
  new errors.GeometryMismatch('The prediction is 4 x 4 x 4 voxels and the mask 4 x 4 x 5.'),
  new errors.EvaluationsOff(),
  new errors.EvaluationNotFound('e1'),
  new errors.TargetsDiffer('The runs have other targets.'),
  new errors.RangeNotSatisfiable(100),
  new errors.Overloaded('open files', 7),
  new errors.CatalogBuilding('study_0001', 3)
]

describe('a fault that is found in a thread', () => {
  for (const fault of ONE_OF_EACH) {
    it(`(${fault.code}) is of its class on the other side, with its message and its facts`, async () => {
      const found = await across(fault)
      assert.ok(found instanceof fault.constructor && found instanceof Error)
      assert.equal(found.message, fault.message)
      assert.deepEqual({ ...found }, { ...fault })
      assert.match(found.stack!, /Error/)
    })
  }

  it('can be any that errors.ts knows: none is forgotten', () => {
    const classes = Object.values(errors).filter((exported) => typeof exported === 'function' && exported.prototype instanceof errors.NiiserveFault)
      // A narrower class has the code of a wider one, and is that one on the other side.
      .filter((exported) => Object.getPrototypeOf(exported) === errors.NiiserveFault)
    assert.deepEqual(new Set(classes), new Set(Object.values(errors.FAULTS)))
    assert.equal(ONE_OF_EACH.length, classes.length)
    for (const fault of ONE_OF_EACH) assert.equal(errors.FAULTS[fault.code], fault.constructor)
  })

  it('(damaged gzip) means that a file has changed since it was read', async () => {
    assert.ok(await across(new GzipDamaged('the checksum does not hold', 7)) instanceof DamagedSince)
  })

  it('that means nothing to a client is thrown as it is', async () => {
    await assert.rejects(outcomeOf(() => { throw new TypeError('a mistake of ours') }), TypeError)
  })
})
