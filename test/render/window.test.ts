import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { InvalidRequest } from '../../src/errors.js'
import { parseWindow, windowed, windowText } from '../../src/render/window.js'

describe('parseWindow', () => {
  it('knows the three presets, in HU', () => {
    assert.deepEqual(parseWindow('lung'), { center: -600, width: 1500 })
    assert.deepEqual(parseWindow('mediastinal'), { center: 40, width: 400 })
    assert.deepEqual(parseWindow('bone'), { center: 400, width: 1800 })
  })

  it('reads center,width in any spelling of two numbers', () => {
    for (const text of ['-600,1500', '-6e2,1.5E3', '-600.0,+1500', '-600.,01500']) {
      assert.deepEqual(parseWindow(text), { center: -600, width: 1500 }, text)
    }
    assert.deepEqual(parseWindow('.5,1'), { center: 0.5, width: 1 })
  })

  it('has one spelling for equal windows', () => {
    assert.equal(windowText(parseWindow('lung')), '-600,1500')
    assert.equal(windowText(parseWindow('-0,1.50')), '0,1.5')
  })

  it('refuses everything else, naming the parameter and what would be right', () => {
    const wrong = ['', 'Lung', 'toString', '40', '40,', ',400', '40,0', '40,-1', '40,400,1', 'NaN,1', '0,Infinity', '0x10,1', '1 ,2', '1e308,1.7e308', '1e999,1']
    for (const text of wrong) {
      assert.throws(() => parseWindow(text), (error: unknown) => {
        assert.ok(error instanceof InvalidRequest, text)
        assert.equal(error.errors[0]?.parameter, 'window')
        assert.match(error.errors[0].detail, /lung, mediastinal, bone, or center,width/)
        return true
      })
    }
  })
})

describe('windowed', () => {
  const hu = () => Float64Array.of(-1350, -1351, -600, 150, 151, NaN, Infinity, -Infinity)
  const lung = { center: -600, width: 1500 }

  it('maps center - width/2 to 0 and center + width/2 to 1 for floats, clamps, and keeps NaN', () => {
    assert.deepEqual([...windowed(hu(), 'float32', lung)], [0, 0, 0.5, 1, 1, NaN, 1, 0])
  })

  it('maps the same to 0-255 for uint8, not yet rounded', () => {
    assert.deepEqual([...windowed(hu(), 'uint8', lung)], [0, 0, 127.5, 255, 255, NaN, 255, 0])
  })

  it('leaves HU as they are without a window', () => {
    assert.deepEqual([...windowed(Float64Array.of(-1350, 3), 'float32', undefined)], [-1350, 3])
  })
})
