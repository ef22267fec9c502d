import type { FastifyReply } from 'fastify'
import type { Services } from '../../services.js'
import type { ReadFacts } from '../../volumes/voxel-reader.js'
import type { Described } from './described.js'

/** An answer is valid until the file changes. A client may ask whether it changed: that costs one stat. */
const CACHE_CONTROL = 'public, no-cache'
const CACHE_CONTROL_WITH_KEYS = 'private, no-cache'

/**
 * A pixel answer, described: what every one of them carries and what this one adds; all headers but `Dataset-Revision`,
 * which changes by itself.
 *
 * @param headers of this answer: `arrayHeaders`, `affineHeader`, ...
 */
export function describe ({ dataset, config }: Services, etag: string, mediaType: string, headers: Record<string, string> = {}, length: Omit<Described, 'etag' | 'headers'> = {}): Described {
  return {
    etag,
    headers: {
      etag,
      'cache-control': config.apiKeys.length > 0 ? CACHE_CONTROL_WITH_KEYS : CACHE_CONTROL,
      ...(dataset.license !== null && { link: `<${dataset.license.url}>; rel="license"` }),
      ...headers,
      'content-type': mediaType
    },
    ...length
  }
}

/** Type, shape and place of an array, so that the bytes need no other document. */
export function arrayHeaders (dtype: string, shape: readonly number[], affine: readonly number[] | null): Record<string, string> {
  return {
    'array-dtype': dtype,
    'array-shape': shape.join(','),
    'array-order': 'C',
    'array-endian': 'little',
    ...affineHeader(affine)
  }
}

/** Twelve numbers, row by row: what takes (column, row, 0, 1), or (i, j, k, 1), of the answer to RAS+ mm; nothing where the volume has no direction. */
export function affineHeader (affine: readonly number[] | null): Record<string, string> {
  return affine === null ? {} : { 'array-affine': affine.join(',') }
}

/** How the answer was made (Server-Timing, W3C). */
export function timingOf ({ cache, decodeMs }: ReadFacts): string {
  return `cache;desc=${cache}, decode;dur=${decodeMs === 0 ? '0' : decodeMs.toFixed(2)}`
}

/** Set `Server-Timing` on the answer. */
export function setTiming (reply: FastifyReply, facts: ReadFacts): void {
  reply.header('server-timing', timingOf(facts))
}

/** Headers that scripts of other origins may read. */
export const EXPOSED_HEADERS = [
  'Array-Dtype', 'Array-Shape', 'Array-Order', 'Array-Endian', 'Array-Affine', 'Slice-Window',
  'ETag', 'Dataset-Revision', 'Link', 'Server-Timing', 'Content-Range', 'Content-Length', 'Accept-Ranges', 'Retry-After', 'Warning', 'X-Request-Id'
]
