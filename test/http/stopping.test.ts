import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { Agent, get } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { after, describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { makeDataset, type Scope } from '../support/test-dataset.js'
import { sourceFile } from '../support/source-file.js'

// Larger than what the sockets of both sides hold, so that a client that pauses keeps the answer in flight.
const SHAPE = [1024, 1024, 12] as const
const BYTES = 352 + SHAPE[0] * SHAPE[1] * SHAPE[2] * 2
const { root, path } = makeDataset({ after }, [{ image: { shape: SHAPE, voxels: new Int16Array(BYTES / 2 - 176) }, suffix: 'nii' }])

/** The command line as it is started, on a port of its own, with its ingest done. */
async function startServe (scope: Scope, settings: Record<string, string> = {}) {
  const { PATH, NODE_OPTIONS } = process.env
  const child = spawn(process.execPath, [sourceFile('cli'), 'serve'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH, NODE_OPTIONS, DATA_ROOT: root, CATALOG_FILE: path(`catalog-${randomUUID()}.sqlite`), PORT: '0', DECODE_THREADS: '1', CACHE_BYTES: String(64 * 2 ** 20), ...settings }
  })
  scope.after(() => child.kill('SIGKILL'))
  let output = ''
  child.stdout.on('data', (chunk) => { output += String(chunk) })
  const said = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const found = pattern.exec(output)
      if (found !== null) return found
      assert.equal(child.exitCode, null, output)
      await pause(10)
    }
  }
  const origin = (await said(/listens on (\S+)/))[1]!
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  const ask = async (url: string, agent?: Agent, headers: Record<string, string> = {}): Promise<IncomingMessage> => {
    const request = get(origin + url, { headers, ...(agent !== undefined && { agent }) })
    const [response] = await once(request, 'response') as [IncomingMessage]
    return response
  }
  const status = async (url: string, agent?: Agent, headers?: Record<string, string>) => {
    const response = await ask(url, agent, headers)
    response.resume()
    await once(response, 'end')
    return { status: response.statusCode, connection: response.headers.connection, type: response.headers['content-type'] }
  }
  return { child, ask, status, said, ended, output: () => output }
}

/** Resolves when nothing new is taken any more. */
async function refused (ask: (url: string) => Promise<IncomingMessage>): Promise<void> {
  for (;;) {
    try {
      (await ask('/healthz')).resume()
    } catch (error) {
      // Reset: the connection was waiting to be taken when the port was closed.
      assert.match((error as NodeJS.ErrnoException).code!, /ECONNREFUSED|ECONNRESET/)
      return
    }
    await pause(50)
  }
}

// Two processes, started side by side because starting takes longest.
const file = path('keys')
writeFileSync(file, 'viewer=Zq7-first\n')
const whole = startServe({ after }, { SHUTDOWN_DELAY: '2' })
const hurried = startServe({ after }, { API_KEYS_FILE: file, SHUTDOWN_GRACE: '1', SHUTDOWN_DELAY: '0' })

describe('SIGHUP', () => {
  it('has the keys read again, and a file that cannot be used changes nothing', { timeout: 60_000 }, async () => {
    const { child, status, said, output } = await hurried
    const ask = async (key: string) => (await status('/v1/dataset', undefined, { 'x-api-key': key })).status
    assert.deepEqual([await ask('Zq7-first'), await ask('Zq7-second')], [200, 401])
    writeFileSync(file, 'viewer=Zq7-first\nviewer=Zq7-second\n')
    child.kill('SIGHUP')
    await said(/keys were read again/)
    assert.deepEqual([await ask('Zq7-first'), await ask('Zq7-second')], [200, 200])
    writeFileSync(file, '')
    child.kill('SIGHUP')
    await said(/keys are unchanged/)
    assert.deepEqual([await ask('Zq7-first'), await ask('Zq7-second')], [200, 200])
    assert.match(output(), /"key":"viewer"/, 'the log names the holder')
    assert.doesNotMatch(output(), /Zq7/, 'and never the key')
  })
})

describe('SIGTERM', () => {
  it('takes readiness down, lets a slow download finish, closes idle connections and ends with 0', { timeout: 60_000 }, async () => {
    const { child, ask, status, said, ended, output } = await whole
    const kept = new Agent({ keepAlive: true })
    assert.equal((await status('/readyz', kept)).status, 200)
    await said(/catalog is up to date/)
    const download = await ask('/v1/studies/study_0001/image.nii')
    assert.equal(download.statusCode, 200)
    download.pause()
    child.kill('SIGTERM')
    await said(/stopping/)
    const unready = await status('/readyz')
    assert.equal(unready.status, 503)
    assert.match(unready.type!, /problem\+json/)
    assert.equal(unready.connection, 'close')
    const late = await status('/v1/dataset')
    assert.deepEqual([late.status, late.connection], [200, 'close'], 'what still comes in is answered')
    await refused(ask)
    assert.equal(child.exitCode, null, 'the download is waited for')
    let bytes = 0
    for await (const chunk of download) bytes += (chunk as Buffer).length
    assert.equal(bytes, BYTES)
    const finished = performance.now()
    assert.deepEqual(await ended, [0, null], output())
    assert.ok(performance.now() - finished < 5_000, 'it ends when the last answer has')
    kept.destroy()
  })

  it('ends with 0 after SHUTDOWN_GRACE even if a client reads nothing', { timeout: 60_000 }, async () => {
    const { child, ask, said, ended, output } = await hurried
    await said(/catalog is up to date/)
    const download = await ask('/v1/studies/study_0001/image.nii', undefined, { 'x-api-key': 'Zq7-first' })
    download.pause()
    download.on('error', () => {})
    const told = performance.now()
    child.kill('SIGTERM')
    assert.deepEqual(await ended, [0, null], output())
    const seconds = (performance.now() - told) / 1000
    assert.ok(seconds > 0.9 && seconds < 4, `${seconds} s`)
    assert.match(output(), /cut off/)
  })
})
