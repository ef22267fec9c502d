import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { MOST_PREDICTION_BYTES } from './mask-schemas.js'

/** Route options of a prediction's body. */
export const PREDICTION_ROUTE = { bodyLimit: MOST_PREDICTION_BYTES, config: { bodyType: 'application/octet-stream' } } as const

/**
 * Make a plugin's routes accept only bytes. Room for the whole body is reserved before its first byte is read, and
 * released when the answer is sent or the client is gone.
 */
export function takePredictions (app: FastifyInstance): void {
  const { maskScoring } = app.services
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (_request: FastifyRequest, body: Buffer, done: (error: Error | null, body: Buffer) => void) => done(null, body))
  app.addHook('preParsing', (request: FastifyRequest, reply: FastifyReply, payload, done) => {
    const announced = Number(request.headers['content-length'] ?? MOST_PREDICTION_BYTES)
    const release = maskScoring.admit(Math.min(announced, MOST_PREDICTION_BYTES))
    reply.raw.once('close', release)
    done(null, payload)
  })
}

/** The prediction that was sent; empty where the body was. */
export function predictionOf (body: unknown): Uint8Array {
  return body instanceof Uint8Array ? body : new Uint8Array(0)
}
