import { HttpFault } from '../http/problems/problem-details.js'
import type { Services } from '../services.js'
import type { OpenVolume } from '../volumes/open-volumes.js'
import type { DicomArchive, DicomSeries, DicomStudy } from './archive.js'

/** UIDs in a path. */
export interface ObjectParams { study: string, series?: string, instance?: string }

/** What a path names, with open files; `series` and `instance` if the path has them. */
export interface Requested { study: DicomStudy, image: OpenVolume, series?: DicomSeries, instance?: number }

/**
 * Find what a path names, and check that its files are still those of the UIDs.
 *
 * @throws HttpFault (404) for an unknown UID, and as `OpenVolumes.open`
 */
export function requested ({ volumes }: Services, archive: DicomArchive, params: ObjectParams): Requested {
  const id = archive.idOf(params.study)
  if (id === undefined) throw notThere('study', params.study)
  const image = volumes.open(id, 'image')
  const known = archive.study(id)
  if (known === undefined) throw notThere('study', params.study)
  if ('fault' in known) throw new HttpFault('route-not-found', `${id} is not served as DICOM: ${known.fault}.`)
  const { study } = known
  if (params.series === undefined) return { study, image }
  const series = study.series.find(({ uid }) => uid === params.series)
  if (series === undefined) throw notThere('series', params.series)
  if (params.instance === undefined) return { study, image, series }
  const instance = series.indexOf(params.instance)
  if (instance === undefined) throw notThere('instance', params.instance)
  return { study, image, series, instance }
}

function notThere (level: string, uid: string): HttpFault {
  return new HttpFault('route-not-found', `No ${level} has the UID ${/^[\d.]{1,64}$/.test(uid) ? uid : JSON.stringify(uid)}; a changed file gets new UIDs.`)
}
