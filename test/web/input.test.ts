import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { BINDINGS, commandOf, keyName } from '../../web/src/input/keys.js'
import { Contacts, dragOf, Wheel } from '../../web/src/input/pointers.js'

const press = (key: string, modifiers: Partial<Record<'altKey' | 'shiftKey' | 'ctrlKey' | 'metaKey', boolean>> = {}) =>
  commandOf({ key, altKey: false, shiftKey: false, ctrlKey: false, metaKey: false, ...modifiers })

describe('the keys', () => {
  it('are those of OHIF where OHIF has one', () => {
    // platform/core/src/defaults/hotkeyBindings.ts of OHIF/Viewers
    assert.deepEqual(press('ArrowDown'), { name: 'slice', by: 1 })
    assert.deepEqual(press('ArrowUp'), { name: 'slice', by: -1 })
    assert.deepEqual(press('Home'), { name: 'end', at: 'first' })
    assert.deepEqual(press('ArrowRight'), { name: 'pane', step: 1 })
    assert.deepEqual(press('PageDown'), { name: 'study', step: 1 })
    assert.deepEqual(press('='), { name: 'fit' })
    assert.deepEqual(press(' '), { name: 'reset' })
    assert.deepEqual(press('i'), { name: 'invert' })
    assert.deepEqual(press('c'), { name: 'cine' })
    assert.deepEqual(press('h'), { name: 'flip', axis: 'h' })
    assert.deepEqual(press('z'), { name: 'tool', tool: 'zoom' })
    assert.deepEqual(press('.'), { name: 'layout', step: 1 })
    assert.deepEqual(['1', '2', '3'].map((key) => press(key)), [1, 2, 3].map((number) => ({ name: 'preset', number })))
  })

  it('have one meaning each', () => {
    const keys = BINDINGS.flatMap(({ keys }) => keys)
    assert.deepEqual(keys.filter((key, n) => keys.indexOf(key) !== n), [])
  })

  it('work on every keyboard: + and ? come with Shift, brackets with AltGr', () => {
    assert.deepEqual(press('+', { shiftKey: true }), { name: 'zoom', factor: 1.25 })
    assert.deepEqual(press('?', { shiftKey: true }), { name: 'help' })
    assert.deepEqual(press('[', { ctrlKey: true, altKey: true }), { name: 'lesion', step: -1 })
    assert.deepEqual(press('I'), { name: 'invert' }, 'Caps Lock')
    assert.deepEqual(press('M', { shiftKey: true }), { name: 'opacityUp' })
  })

  it('leave the browser its own', () => {
    assert.equal(press('f', { ctrlKey: true }), undefined)
    assert.equal(press('r', { metaKey: true }), undefined)
    assert.equal(press('Tab'), undefined)
    assert.equal(press('F5'), undefined)
    assert.equal(press('Home', { shiftKey: true }), undefined)
  })

  it('move the crosshair with Alt, by ten with Shift as well', () => {
    assert.deepEqual(press('ArrowLeft', { altKey: true }), { name: 'cross', dx: -1, dy: 0 })
    assert.deepEqual(press('ArrowDown', { altKey: true, shiftKey: true }), { name: 'cross', dx: 0, dy: 10 })
    assert.deepEqual(press('ArrowDown', { shiftKey: true }), { name: 'pan', dx: 0, dy: 40 })
  })

  it('are written for people', () => {
    assert.deepEqual(['Shift+ArrowUp', ' ', 'm', '+', 'Shift+M', ']'].map(keyName), ['Shift ↑', 'Space', 'M', '+', 'Shift M', ']'])
  })
})

describe('the mouse', () => {
  it('windows with the left button, or scrolls, by profile', () => {
    assert.deepEqual([0, 1, 2, 3].map((button) => dragOf(button, false, 'profile', 'window')), ['window', 'pan', 'zoom', undefined])
    assert.deepEqual([0, 1, 2].map((button) => dragOf(button, false, 'profile', 'scroll')), ['scroll', 'pan', 'window'])
  })

  it('gives the left button to the tool that was chosen', () => {
    assert.deepEqual([0, 1].map((button) => dragOf(button, false, 'ruler', 'scroll')), ['ruler', 'pan'])
    assert.equal(dragOf(0, true, 'ruler', 'scroll'), 'pan')
  })

  it('goes one slice with one notch of the wheel, however far the notch is said to be', () => {
    const wheel = new Wheel()
    assert.deepEqual([wheel.notches(100, 0, 0), wheel.notches(-120, 0, 10), wheel.notches(3, 1, 20), wheel.notches(480, 0, 30)], [1, -1, 1, 1])
  })

  it('adds up what a trackpad sends, and forgets it after a pause and when it turns', () => {
    const wheel = new Wheel()
    assert.deepEqual([16, 16, 16, 16, 16].map((delta, n) => wheel.notches(delta, 0, n * 16)), [0, 0, 1, 0, 1])
    assert.deepEqual([wheel.notches(30, 0, 1000), wheel.notches(30, 0, 2000), wheel.notches(-30, 0, 2010), wheel.notches(-10, 0, 2020)], [0, 0, 0, -1])
  })
})

describe('two fingers', () => {
  it('spread to zoom about their middle, and move to pan', () => {
    const contacts = new Contacts()
    contacts.down(1, { x: 100, y: 100 })
    assert.equal(contacts.move(1, { x: 100, y: 100 }), undefined, 'one finger drags')
    contacts.down(2, { x: 200, y: 100 })
    assert.deepEqual(contacts.move(2, { x: 250, y: 100 }), { factor: 1.5, at: { x: 175, y: 100 }, dx: 25, dy: 0 })
    assert.deepEqual(contacts.move(1, { x: 50, y: 100 }), { factor: 200 / 150, at: { x: 150, y: 100 }, dx: -25, dy: 0 })
    contacts.up(1)
    assert.equal(contacts.move(2, { x: 0, y: 0 }), undefined)
  })
})
