import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ClientGone, Overloaded } from '../../src/errors.js'
import { Admission } from '../../src/volumes/admission.js'

const { signal } = new AbortController()

describe('Admission', () => {
  it('lets answers in as long as they hold no more than half of the cache together', async () => {
    const admission = new Admission(100)
    const leave = await admission.admit(30, signal)
    await admission.admit(20, signal)
    const third = admission.admit(10, signal)
    leave()
    leave()
    await third
    await assert.rejects(admission.admit(30, signal), Overloaded)
  })

  it('always lets one in, however much it holds', async () => {
    const admission = new Admission(100)
    const leave = await admission.admit(1000, signal)
    await assert.rejects(admission.admit(1, signal), Overloaded)
    leave()
    await admission.admit(50, signal)
  })

  it('ends the wait of a client that goes', async () => {
    const admission = new Admission(100)
    await admission.admit(50, signal)
    const client = new AbortController()
    const waits = admission.admit(1, client.signal)
    client.abort()
    await assert.rejects(waits, ClientGone)
  })
})
