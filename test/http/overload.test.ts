import assert from 'node:assert/strict'
import { setMaxListeners } from 'node:events'
import { Agent, request } from 'node:http'
import { after, describe, it } from 'node:test'
import { buildTestApp } from '../support/test-app.js'

// One thread, one study, and pictures that are each asked for once: no cache has any of them.
const SHAPE = [256, 256, 4] as const
const { get, port, services } = await buildTestApp({ after }, {
  studies: [{ image: { shape: SHAPE, voxels: (i, j) => (i * j) % 1000 } }]
})
const slices = '/v1/studies/study_0001/image/slices'
// Fewer than the 511 connections that the system lets wait to be taken.
const agent = new Agent({ keepAlive: true, maxSockets: 400 })
const others = new Agent({ keepAlive: true })
after(() => [agent, others].forEach((one) => one.destroy()))

interface Timed { status: number, ms: number, retryAfter: string | undefined, type: string | undefined, bytes: number }

function ask (path: string, by = others, signal?: AbortSignal): Promise<Timed> {
  const began = performance.now()
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, agent: by, ...(signal !== undefined && { signal }) }, (response) => {
      let bytes = 0
      response.on('data', (chunk: Buffer) => { bytes += chunk.length })
      response.on('error', reject)
      response.on('end', () => resolve({
        status: response.statusCode!, ms: performance.now() - began, retryAfter: response.headers['retry-after'], type: response.headers['content-type'], bytes
      }))
    }).on('error', reject).end()
  })
}

describe('a burst of 2000 cold requests', { timeout: 60_000 }, () => {
  it('is answered or refused with Retry-After, while hot slices and health are answered', async () => {
    const hot = `${slices}/1.raw`
    assert.equal((await get(hot)).status, 200)
    const burst = Promise.all(Array.from({ length: 2_000 }, (_, n) => ask(`${slices}/0.png?window=${n},400`, agent)))
    const meanwhile: Timed[] = []
    let answers: Timed[] | undefined
    do {
      for (const path of [hot, '/healthz', '/readyz']) meanwhile.push(await ask(path))
      answers = await Promise.race([burst, undefined])
    } while (answers === undefined)

    const answered = answers.filter(({ status }) => status === 200)
    const refused = answers.filter(({ status }) => status === 503)
    assert.equal(answered.length + refused.length, 2_000, 'nothing else is answered, and nothing is left without')
    assert.ok(answered.length >= 64, `${answered.length} were answered: what the queue holds is worked off`)
    assert.ok(refused.length >= 500, `${refused.length} were refused`)
    for (const { retryAfter, type } of refused) {
      assert.ok(Number.isInteger(Number(retryAfter)) && Number(retryAfter) >= 1 && Number(retryAfter) <= 60, retryAfter)
      assert.match(type!, /problem\+json/)
    }
    assert.ok(meanwhile.length >= 3)
    for (const { status } of meanwhile) assert.equal(status, 200)
    assert.equal(services.pool.stats.refused, refused.length)
  })

  it('leaves nothing behind: the queue is empty, and the next cold request is answered', async () => {
    assert.deepEqual([services.pool.stats.waiting, services.pool.stats.running], [0, 0])
    assert.equal((await ask(`${slices}/2.png?window=1,2`)).status, 200)
  })

  it('of clients that go away stops: what nobody waits for is not drawn', async () => {
    const drawn: string[] = []
    const observer = (name: string) => { drawn.push(name) }
    services.pool.observers.push(observer)
    const client = new AbortController()
    setMaxListeners(0, client.signal)
    const burst = Array.from({ length: 40 }, async (_, n) => await ask(`${slices}/3.webp?window=${n},300&size=1500`, agent, client.signal))
    while (services.pool.stats.waiting < 20) await new Promise(setImmediate)
    client.abort()
    assert.ok((await Promise.allSettled(burst)).filter(({ status }) => status === 'rejected').length >= 20)
    while (services.pool.stats.waiting + services.pool.stats.running > 0) await new Promise((resolve) => setTimeout(resolve, 10))
    services.pool.observers.splice(services.pool.observers.indexOf(observer), 1)
    assert.ok(drawn.length < 30, `${drawn.length} of 40 were drawn`)
  })
})

describe('a refusal', () => {
  it('of what does not exist or cannot be meant reaches no thread', async (t) => {
    t.mock.method(services.pool, 'submit', () => { throw new Error('no work was to be begun') })
    // What is refused before the queue: unknown, outside, malformed.
    for (const [path, status] of [[`${slices}/4.png`, 404], [`${slices}/0.png?window=x`, 400], ['/v1/studies/none/image/slices/0.png', 404]] as const) {
      assert.equal((await ask(path)).status, status)
    }
  })
})
