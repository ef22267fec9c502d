import type { FastifyReply } from 'fastify'
import type { Services } from '../services.js'
import type { ReadFacts } from '../volumes/voxel-reader.js'

/** Answers are valid until the file changes, and a client may ask whether it has: at the cost of one stat. */
const CACHE_CONTROL = 'public, no-cache'
const CACHE_CONTROL_WITH_KEYS = 'private, no-cache'

/** What every pixel answer carries, whatever it is. */
export function setPixelHeaders (reply: FastifyReply, { catalog, dataset, config }: Services, etag: string): void {
  reply.header('etag', etag)
  reply.header('cache-control', config.apiKeys.length > 0 ? CACHE_CONTROL_WITH_KEYS : CACHE_CONTROL)
  reply.header('dataset-revision', catalog.revision())
  if (dataset.license !== null) reply.header('link', `<${dataset.license.url}>; rel="license"`)
}

/** How the answer came about (Server-Timing, W3C). */
export function setTiming (reply: FastifyReply, { cache, decodeMs }: ReadFacts): void {
  reply.header('server-timing', `cache;desc=${cache}, decode;dur=${decodeMs === 0 ? '0' : decodeMs.toFixed(2)}`)
}

/** Type, shape and place of an array, so that the bytes need no other document. */
export function setArrayHeaders (reply: FastifyReply, dtype: string, shape: readonly number[], affine: readonly number[]): void {
  reply.header('array-dtype', dtype)
  reply.header('array-shape', shape.join(','))
  reply.header('array-order', 'C')
  reply.header('array-endian', 'little')
  setAffineHeader(reply, affine)
}

/** Twelve numbers, row by row: what takes (column, row, 0, 1), or (i, j, k, 1), of the answer to RAS+ mm. */
export function setAffineHeader (reply: FastifyReply, affine: readonly number[]): void {
  reply.header('array-affine', affine.join(','))
}

/** Headers that scripts of other origins may read. */
export const EXPOSED_HEADERS = [
  'Array-Dtype', 'Array-Shape', 'Array-Order', 'Array-Endian', 'Array-Affine', 'Slice-Window',
  'ETag', 'Dataset-Revision', 'Link', 'Server-Timing', 'Content-Range', 'Content-Length', 'Accept-Ranges', 'Retry-After', 'X-Request-Id'
]
