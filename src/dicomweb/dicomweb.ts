import type { FastifyPluginAsync } from 'fastify'
import { CONTRACT_VERSION } from '../http/contract/openapi.js'
import { DicomArchive } from './archive.js'
import { framesRoutes } from './frames-routes.js'
import { ohifRoutes } from './ohif-routes.js'
import { renderedRoutes } from './rendered-routes.js'
import { retrieveRoutes } from './retrieve-routes.js'
import { searchRoutes } from './search-routes.js'

/** A segmentation must bear a date; of a dataset that says none it is this one, which nobody takes for one. */
const NO_DATE = '19700101'

/**
 * The dataset as DICOMweb (PS3.18): what viewers and archives of hospitals read, made from the NIfTI files as they ask.
 * Not in the OpenAPI document: here one address has several media types, and the standard is the contract.
 */
export const dicomweb: FastifyPluginAsync = async (app) => {
  const { catalog, config, dataset, listing } = app.services
  const archive = new DicomArchive(catalog, { dataset: dataset.id, labelSets: listing.labelSets, contentDate: dataset.datePublished?.replaceAll('-', '') ?? NO_DATE, softwareVersion: CONTRACT_VERSION })
  await app.register(searchRoutes, { archive })
  await app.register(retrieveRoutes, { archive })
  await app.register(framesRoutes, { archive })
  await app.register(renderedRoutes, { archive })
  if (config.ohifUrl !== undefined) await app.register(ohifRoutes, { archive, ohifUrl: config.ohifUrl })
}
