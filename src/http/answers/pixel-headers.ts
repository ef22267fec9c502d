import type { FastifyReply } from 'fastify'
import type { Services } from '../../services.js'
import type { ReadFacts } from '../../volumes/voxel-reader.js'
import { cacheControl } from './cache-control.js'
import type { Described } from './described.js'
import { TEXT } from './text-answers.js'

declare module 'fastify' {
  interface FastifyReply {
    /** where the voxels of a pixel answer came from; null for every other answer */
    readFacts: ReadFacts | null
  }
}

/**
 * A pixel answer, described: what every one of them carries and what this one adds; all headers but `Dataset-Revision`,
 * which changes by itself.
 *
 * @param strong validator, quotes included
 * @param headers of this answer: `arrayHeaders`, `affineHeader`, ...
 */
export function describe ({ dataset, config }: Services, strong: string, mediaType: string, headers: Record<string, string> = {}, length: Omit<Described, 'etag' | 'headers'> = {}): Described {
  // What is text may leave compressed: its tag is weak, and its length is not known before.
  const isText = TEXT.test(mediaType)
  const etag = isText ? `W/${strong}` : strong
  return {
    etag,
    headers: {
      etag,
      'cache-control': cacheControl(config.apiKeys),
      ...licence(dataset),
      ...headers,
      'content-type': mediaType
    },
    ...(isText ? {} : length)
  }
}

/** Under which licence the data is, where the dataset says. */
export function licence ({ license }: Pick<Services['dataset'], 'license'>): Record<string, string> {
  return license === null ? {} : { link: `<${license.url}>; rel="license"` }
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
  reply.readFacts = facts
  reply.header('server-timing', timingOf(facts))
}

/** Headers that scripts of other origins may read. */
export const EXPOSED_HEADERS = [
  'Array-Dtype', 'Array-Shape', 'Array-Order', 'Array-Endian', 'Array-Affine', 'Slice-Window',
  'ETag', 'Dataset-Revision', 'Link', 'Server-Timing', 'Content-Range', 'Content-Length', 'Accept-Ranges', 'Retry-After', 'Warning', 'X-Request-Id'
]
