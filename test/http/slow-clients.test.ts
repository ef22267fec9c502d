import assert from 'node:assert/strict'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { after, describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { assertProblem, buildTestApp } from '../support/test-app.js'

// One slice is more than the sockets of both sides hold, and the cache holds just two.
const SHAPE = [4096, 2048, 3] as const
const SLICE_BYTES = SHAPE[0] * SHAPE[1] * 2
const { get, port } = await buildTestApp({ after }, {
  studies: [{ image: { shape: SHAPE, voxels: new Int16Array(SHAPE[0] * SHAPE[1] * SHAPE[2]) }, suffix: 'nii' }],
  config: { clientTimeoutSeconds: 1, cacheBytes: 2 * SLICE_BYTES }
})
const slice = (index: number) => `/v1/studies/study_0001/image/slices/${index}.raw`

/** A connection that has sent `text`; `gone` resolves with all that came back when it is closed. */
function open (text: string): { socket: Socket, gone: Promise<string> } {
  const socket = connect(port, '127.0.0.1')
  socket.write(text)
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  socket.on('error', () => {})
  const gone = new Promise<string>((resolve) => socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1'))))
  return { socket, gone }
}

describe('a client that takes nothing', () => {
  it('is cut off, and the memory its answer held is free again', async () => {
    const readers = [0, 1].map((index) => open(`GET ${slice(index)} HTTP/1.1\r\nHost: x\r\n\r\n`))
    for (const { socket } of readers) socket.once('data', () => socket.pause())
    await pause(400)
    assertProblem(await get(slice(2)), 503, 'overloaded')
    let answer = await get(slice(2))
    for (let left = 40; answer.status === 503 && left > 0; left--) {
      await pause(100)
      answer = await get(slice(2))
    }
    assert.equal(answer.status, 200)
    assert.equal(answer.body.length, SLICE_BYTES)
    for (const { socket, gone } of readers) {
      socket.resume()
      assert.ok((await gone).length < SLICE_BYTES, 'the answer was broken off')
    }
  })
})

describe('a client that takes its time', () => {
  it('gets all, as long as something moves', async () => {
    const { socket, gone } = open(`GET ${slice(0)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    const slow = setInterval(() => {
      socket.resume()
      setTimeout(() => socket.pause(), 15)
    }, 300)
    socket.pause()
    await pause(2_500)
    clearInterval(slow)
    socket.resume()
    assert.ok((await gone).length > SLICE_BYTES)
  })
})

describe('a request that does not arrive', () => {
  it('is answered 408 and its connection closed', async () => {
    const [line, headers, body] = await Promise.all([
      open('GET /healthz HT').gone,
      open('GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ').gone,
      open('POST /v1/batches.npz HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{').gone
    ])
    for (const answer of [line, headers, body]) {
      assert.match(answer, /^HTTP\/1\.1 408 /)
      assert.match(answer, /application\/problem\+json/)
    }
  })
})
