import type { FastifyPluginAsync } from 'fastify'
import { CONTRACT_VERSION } from '../http/contract/openapi.js'
import { DicomArchive } from './archive.js'
import { framesRoutes } from './frames-routes.js'
import { ohifRoutes } from './ohif-routes.js'
import { renderedRoutes } from './rendered-routes.js'
import { retrieveRoutes } from './retrieve-routes.js'
import { searchRoutes } from './search-routes.js'

/** The date of a segmentation where the dataset has none: DICOM requires one, and this is clearly not a real one. */
const NO_DATE = '19700101'

/**
 * The dataset as DICOMweb (PS3.18), for hospital viewers and archives, made from the NIfTI files on demand.
 * It is not in the OpenAPI document: one address has several media types, and the standard is the contract.
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
