import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { buildTestApp } from '../support/test-app.js'

interface Span { name: string, kind: number, traceId: string, spanId: string, parentSpanId?: string, startTimeUnixNano: string, endTimeUnixNano: string, attributes: { key: string, value: Record<string, unknown> }[], status: { code: number } }

const SERVER = 2 // SpanKind of OTLP: trace/v1/trace.proto

describe('where a collector is configured', () => {
  it('every request becomes a span there, in the trace of its client, and its queue, decode and render spans within it', async (t) => {
    const received: any[] = []
    const collector = createServer((request, response) => {
      json(request).then((body) => {
        received.push({ path: request.url, body })
        response.setHeader('content-type', 'application/json').end('{}')
      }, (error) => response.destroy(error))
    })
    t.after(() => collector.close())
    await once(collector.listen(0, '127.0.0.1'), 'listening')
    // Closed by us, because spans that wait are sent then; closing twice does no harm.
    const { app, get } = await buildTestApp(t, { config: { otlpEndpoint: `http://127.0.0.1:${(collector.address() as AddressInfo).port}/` } })
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
    const answer = await get('/v1/studies/study_0001/image/slices/0.raw?window=lung').set('traceparent', `00-${traceId}-00f067aa0ba902b7-01`)
    await get('/v1/studies/none')
    await get('/nothing')
    await get('/healthz').set('traceparent', `00-${traceId}-00f067aa0ba902b7-00`)
    await app.close()

    assert.ok(received.every(({ path }) => path === '/v1/traces'))
    const { resource } = received[0].body.resourceSpans[0]
    assert.ok(resource.attributes.some(({ key, value }: Span['attributes'][number]) => key === 'service.name' && value.stringValue === 'niiserve'))
    const spans: Span[] = received.flatMap(({ body }) => body.resourceSpans).flatMap(({ scopeSpans }) => scopeSpans).flatMap(({ spans }) => spans)
    const ofRequests = spans.filter(({ kind }) => kind === SERVER)
    assert.deepEqual(ofRequests.map(({ name }) => name), ['GET /v1/studies/:studyId/:volume(image|mask)/slices/:index.raw', 'GET /v1/studies/:studyId', 'GET'], 'what the client does not sample is left out')
    const [slice, unknown] = ofRequests as [Span, Span, Span]
    const attribute = (key: string) => Object.values(slice.attributes.find((one) => one.key === key)!.value)[0]
    assert.equal(slice.traceId, traceId)
    assert.equal(slice.parentSpanId, '00f067aa0ba902b7')
    assert.equal(attribute('http.response.status_code'), 200)
    assert.equal(attribute('url.path'), '/v1/studies/study_0001/image/slices/0.raw')
    assert.equal(attribute('niiserve.request_id'), answer.headers['x-request-id'])
    assert.equal(attribute('niiserve.cache'), 'miss')
    const within = spans.filter(({ parentSpanId }) => parentSpanId === slice.spanId)
    assert.deepEqual(new Set(within.map(({ name }) => name)), new Set(['queue', 'decode', 'render']))
    assert.equal(spans.length, ofRequests.length + within.length)
    for (const { traceId: trace, startTimeUnixNano, endTimeUnixNano } of within) {
      assert.equal(trace, traceId)
      assert.ok(BigInt(startTimeUnixNano) <= BigInt(endTimeUnixNano))
    }
    assert.notEqual(unknown.traceId, traceId)
  })

  it('one that is away costs no answer', async (t) => {
    const { app, get } = await buildTestApp(t, { config: { otlpEndpoint: 'http://127.0.0.1:1' } })
    assert.equal((await get('/v1/dataset')).status, 200)
    const began = performance.now()
    await app.close()
    assert.ok(performance.now() - began < 8_000, 'it is not waited for')
  })
})
