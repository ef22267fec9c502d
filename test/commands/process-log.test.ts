import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { processLog } from '../../src/commands/process-log.js'

/** What a log writes to an output that is, or is not, a terminal. */
function written (isTTY: boolean, log: (into: ReturnType<typeof processLog>) => void): string {
  let text = ''
  log(processLog('info', { isTTY, write: (part) => { text += part } }))
  return text
}

describe('the log of a command', () => {
  it('is a line for people on a terminal: time in UTC, level, message, facts', () => {
    const text = written(true, (log) => log.warn({ study: 'study_0001', rows: [3, 4] }, 'image cannot be served'))
    assert.match(text, /^\d\d:\d\d:\d\d warn {2}image cannot be served {2}study=study_0001 {2}rows=\[3,4\]\n$/)
  })

  it('is JSON elsewhere', () => {
    const record = JSON.parse(written(false, (log) => log.warn({ study: 'study_0001' }, 'image cannot be served')))
    assert.match(record.time, /^\d{4}-\d\d-\d\dT/)
    assert.deepEqual(record, { level: 40, time: record.time, study: 'study_0001', msg: 'image cannot be served' })
  })

  it('shows the stack of an error below its line, and none of what is below the level', () => {
    const text = written(true, (log) => { log.error({ err: new Error('disk') }, 'failed'); log.debug('unseen') })
    assert.match(text, /^\S+ error failed\nError: disk\n {4}at /)
    assert.doesNotMatch(text, /unseen/)
  })

  it('lets no name steer the terminal', () => {
    const text = written(true, (log) => log.info({ url: '/v1/\u001b[2J\nx' }, 'request\u0007\nforged'))
    assert.match(text, /^\S+ info {2}request\? forged {2}url=\/v1\/\?\[2J x\n$/)
  })
})
