import { VERSION } from '../../version.js'
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import { withCategories } from './category-examples.js'
import { completeContract } from './contract.js'
import type { Document } from './contract-parts.js'

/** The contract has the version of the package; its major part is the `/v1` of the paths. */
export const CONTRACT_VERSION = VERSION

/** The contract as it is served below a path: requests of a client go where the document came from. */
export function servedBelow (document: Document, prefix: string): Document {
  return prefix === '' ? document : { ...document, servers: [{ url: prefix, description: 'this service' }] }
}

/**
 * What the OpenAPI document says besides the routes.
 *
 * @param categories ids of the dataset's categories, for the examples
 */
export const openapiOptions = (categories: readonly string[]): FastifyDynamicSwaggerOptions => ({
  openapi: {
    openapi: '3.1.0',
    info: {
      title: 'niiserve',
      version: CONTRACT_VERSION,
      summary: 'A NIfTI dataset over HTTP: studies, slices and masks, exact to the voxel.',
      description: [
        'Serves a dataset of NIfTI volumes, first MosMedData COVID19_1110 (1110 chest-CT studies in five severity categories).',
        '',
        'Each operation has one media type: the extension of the path (`.npy`, `.png`) selects it, never `Accept`.',
        'Arrays are C-ordered and little-endian; `Array-Affine` maps each pixel of an answer to RAS+ millimetres of the scanner.',
        'Errors are `application/problem+json` (RFC 9457).'
      ].join('\n'),
      contact: { name: 'the niiserve contributors' },
      license: { name: 'MIT', identifier: 'MIT' } as { name: string }
    },
    servers: [{ url: '/', description: 'this service' }],
    tags: [
      { name: 'Discovery', description: 'Find studies and read their metadata.' },
      { name: 'Pixels', description: 'Slices and volumes of image and mask, as arrays, pictures and files.' },
      { name: 'Training', description: 'Slices in bulk: the slice catalog, splits, batches, WebDataset and Zarr.' },
      { name: 'Evaluation', description: 'Score algorithms: severities and masks, with intervals, definitions and caveats.' },
      { name: 'Service', description: 'Health, metrics and this contract.' }
    ],
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'one of `API_KEYS`, if keys are configured; also accepted as the password of HTTP Basic with any user name' },
        apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'the same key in a separate header' }
      }
    },
    security: [{}, { bearer: [] }, { apiKey: [] }]
  },
  transformObject: (found) => 'openapiObject' in found ? withCategories(completeContract(found.openapiObject as Document), categories) : found.swaggerObject,
  refResolver: { buildLocalReference: (json, _baseUri, _fragment, index) => typeof json.$id === 'string' ? json.$id : `Schema${index}` }
})
