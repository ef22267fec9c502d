import type { DataSet, Keyword } from '../dicom/data-set.js'
import { studyAttributes, UTF8 } from '../dicom/study-attributes.js'
import type { DicomSeries, DicomStudy } from './archive.js'

export type Level = 'study' | 'series' | 'instance'

/** Default attributes of an instance in a search (PS3.18, table 10.6.3-5), plus those that viewers sort by. */
const OF_INSTANCE: readonly Keyword[] = [
  'SpecificCharacterSet', 'SOPClassUID', 'SOPInstanceUID', 'InstanceAvailability', 'Modality', 'RetrieveURL', 'StudyInstanceUID', 'SeriesInstanceUID',
  'SeriesNumber', 'InstanceNumber', 'NumberOfFrames', 'Rows', 'Columns', 'BitsAllocated'
]

/** A study in a search result (PS3.18, table 10.6.3-3). */
export function studyLevel (study: DicomStudy, root: string): DataSet {
  const { PatientIdentityRemoved, DeidentificationMethod, ...found } = studyAttributes(study.identity)
  return {
    ...found,
    InstanceAvailability: 'ONLINE',
    ModalitiesInStudy: [...new Set(study.series.map(({ modality }) => modality))],
    RetrieveURL: `${root}/studies/${study.uid}`,
    NumberOfStudyRelatedSeries: study.series.length,
    NumberOfStudyRelatedInstances: study.series.reduce((sum, { instances }) => sum + instances.length, 0)
  }
}

/** A series in a search result (PS3.18, table 10.6.3-4), with the attributes of its study. */
export function seriesLevel (series: DicomSeries, root: string): DataSet {
  return {
    ...studyLevel(series.study, root),
    Modality: series.modality,
    SeriesInstanceUID: series.uid,
    SeriesNumber: series.number,
    SeriesDescription: series.description,
    NumberOfSeriesRelatedInstances: series.instances.length,
    RetrieveURL: `${root}/studies/${series.study.uid}/series/${series.uid}`
  }
}

/** An instance that a search can match: all its attributes. */
export function instanceLevel (series: DicomSeries, instance: number, root: string): DataSet {
  return {
    ...series.attributes(instance),
    InstanceAvailability: 'ONLINE',
    RetrieveURL: `${root}/studies/${series.study.uid}/series/${series.uid}/instances/${series.instances[instance]!}`
  }
}

/** The attributes to send: all for studies and series; for instances the defaults and those asked for. */
export function answered (level: Level, found: DataSet, asked: ReadonlySet<string>): DataSet {
  if (level !== 'instance' || asked.has('all')) return found
  const kept = Object.entries(found).filter(([keyword]) => OF_INSTANCE.includes(keyword as Keyword) || asked.has(keyword))
  return { SpecificCharacterSet: UTF8, ...Object.fromEntries(kept) }
}
