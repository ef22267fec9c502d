import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { before, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { makePhantomStudy, type PhantomStudy } from '../../src/demo/phantom.js'

const sha256 = (array: Int16Array | Uint8Array) =>
  createHash('sha256').update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength)).digest('hex')

/** The cheapest chest that is still one: 128 x 128 pixels of 2.8 mm. */
const SMALL = { shape: [128, 128, 38], spacing: [2.8, 2.8, 8] } as const

/** Coarser still, where only shares are looked at. */
const TINY = { shape: [64, 64, 19], spacing: [5.6, 5.6, 16] } as const

describe('makePhantomStudy', () => {
  describe('as a scan', () => {
    let study: PhantomStudy
    before(() => { study = makePhantomStudy({ seed: 1, category: 'CT-2', ...SMALL }) })

    it('gives the same voxels for the same seed, and others for another', () => {
      const again = makePhantomStudy({ seed: 1, category: 'CT-2', ...SMALL })
      assert.equal(sha256(again.image), sha256(study.image))
      assert.equal(sha256(again.mask), sha256(study.mask))
      const [one, two] = [1, 2].map((seed) => makePhantomStudy({ seed, category: 'CT-2', ...TINY }))
      assert.notEqual(sha256(one!.image), sha256(two!.image))
    })

    it('is -2048 in the corners, outside the circle of reconstruction, and nowhere inside it', () => {
      const [columns, rows, slices] = study.shape
      for (let k = 0; k < slices; k++) {
        for (const [i, j] of [[0, 0], [columns - 1, 0], [0, rows - 1], [columns - 1, rows - 1]] as const) {
          assert.equal(study.image[i + columns * (j + rows * k)], -2048)
        }
      }
      for (let j = 0; j < rows; j++) {
        for (let i = 0; i < columns; i++) {
          const inside = Math.hypot(i - 63.5, j - 63.5) < 62
          if (inside) assert.ok(study.image[i + columns * (j + rows * 20)]! > -1200, `voxel ${i}, ${j}, 20`)
        }
      }
    })

    it('has two to seven litres of lung, about -850 HU where it is healthy', () => {
      const healthy = study.image.filter((_, at) => study.lung[at] === 1 && study.mask[at] === 0).sort()
      const litres = study.lung.filter((value) => value === 1).length * 2.8 * 2.8 * 8 / 1e6
      assert.ok(litres > 2 && litres < 7, `${litres} L`)
      const median = healthy[healthy.length >> 1]!
      assert.ok(median > -900 && median < -780, `median ${median} HU`)
    })

    it('marks as lesion only lung, and lesions are denser than the lung around them', () => {
      assert.ok(study.mask.every((value, at) => value === 0 || (value === 1 && study.lung[at] === 1)))
      const ill = study.image.filter((_, at) => study.mask[at] === 1).sort()
      const [low, median, high] = [0.05, 0.5, 0.95].map((share) => ill[Math.floor(share * ill.length)]!) as [number, number, number]
      assert.ok(low > -800 && median > -720 && median < -350 && high < 120, `5 %: ${low}, half: ${median}, 95 %: ${high}`)
    })

    it('has the liver on the right of the patient and the stomach\'s gas on the left', () => {
      const [columns, rows, slices] = study.shape
      const gas = { left: 0, right: 0 }
      const solid = { left: 0, right: 0 }
      // Below the domes of the diaphragm, within the belly; i grows to the patient's left, so the right comes first.
      for (let k = Math.round(slices * 0.18); k < slices * 0.28; k++) {
        for (let j = 40; j < 100; j++) {
          for (let i = 25; i < 103; i++) {
            const at = i + columns * (j + rows * k)
            const side = i < columns / 2 ? 'right' : 'left'
            if (study.lung[at] === 1) continue
            if (study.image[at]! < -900) gas[side]++
            if (study.image[at]! > 20 && study.image[at]! < 100) solid[side]++
          }
        }
      }
      assert.ok(gas.left > 10 * gas.right + 100, `gas ${JSON.stringify(gas)}`)
      assert.ok(solid.right > 1.2 * solid.left, `solid ${JSON.stringify(solid)}`)
    })

    it('has bone above 200 HU in the spine of every slice, and air in the trachea above the carina', () => {
      const [columns, rows, slices] = study.shape
      const around = (k: number, test: (hu: number) => boolean) => {
        let count = 0
        for (let j = 0; j < rows; j++) {
          // The spine and the trachea lie within 6 cm of the middle.
          for (let i = 43; i < 85; i++) {
            const at = i + columns * (j + rows * k)
            if (test(study.image[at]!) && study.lung[at] === 0) count++
          }
        }
        return count
      }
      for (let k = 0; k < slices; k++) assert.ok(around(k, (hu) => hu > 200) > 20, `no spine in slice ${k}`)
      let air = 0
      for (let j = 48; j < 80; j++) {
        for (let i = 56; i < 72; i++) {
          const at = i + columns * (j + rows * (slices - 6))
          if (study.image[at]! < -900 && study.lung[at] === 0) air++
        }
      }
      const area = air * 2.8 * 2.8
      assert.ok(area > 60 && area < 400, `${area} mm2 of air between the tips of the lungs`)
    })
  })

  describe('by category', () => {
    const brackets = [['CT-0', 0, 0], ['CT-1', 0.005, 0.25], ['CT-2', 0.25, 0.5], ['CT-3', 0.5, 0.75], ['CT-4', 0.75, 1]] as const
    for (const [category, from, to] of brackets) {
      it(`involves ${from * 100} to ${to * 100} % of the lung in ${category}`, () => {
        for (const seed of [3, 18, 31]) {
          const { mask, lung, involvement } = makePhantomStudy({ seed, category, ...TINY })
          const count = (array: Uint8Array) => array.reduce((sum, value) => sum + value, 0)
          assert.equal(involvement, count(mask) / count(lung))
          assert.ok(involvement >= from && involvement <= to, `seed ${seed}: ${involvement}`)
        }
      })
    }
  })

  it('makes full-size voxels that gzip to about half, as real CT does', () => {
    const { image } = makePhantomStudy({ seed: 1, category: 'CT-1', shape: [512, 512, 8], spacing: [0.7, 0.7, 32] })
    const ratio = gzipSync(new Uint8Array(image.buffer), { level: 6 }).length / image.byteLength
    assert.ok(ratio > 0.4 && ratio < 0.6, `ratio ${ratio}`)
  })

  it('names lungs in no volume that lies beside them, and does not fail', () => {
    const { involvement, lung } = makePhantomStudy({ seed: 1, category: 'CT-4', shape: [8, 8, 1], spacing: [1, 1, 1] })
    assert.equal(lung.length, 64)
    assert.ok(involvement >= 0 && involvement <= 1)
  })
})
