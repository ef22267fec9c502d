import type { DataSet, Keyword } from '../dicom/data-set.js'
import { studyAttributes, UTF8 } from '../dicom/study-attributes.js'
import type { DicomSeries, DicomStudy } from './archive.js'

export type Level = 'study' | 'series' | 'instance'

/** What a search answers of each instance unless more is asked for (PS3.18, table 10.6.3-5), and what viewers sort by. */
const OF_INSTANCE: readonly Keyword[] = [
  'SpecificCharacterSet', 'SOPClassUID', 'SOPInstanceUID', 'InstanceAvailability', 'Modality', 'RetrieveURL', 'StudyInstanceUID', 'SeriesInstanceUID',
  'SeriesNumber', 'InstanceNumber', 'NumberOfFrames', 'Rows', 'Columns', 'BitsAllocated'
]

/** A study as a search finds it (PS3.18, table 10.6.3-3). */
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

/** A series as a search finds it (PS3.18, table 10.6.3-4), and what its study is. */
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

/** An instance as a search finds it, with every attribute it has. */
export function instanceLevel (series: DicomSeries, instance: number, root: string): DataSet {
  return {
    ...series.attributes(instance),
    InstanceAvailability: 'ONLINE',
    RetrieveURL: `${root}/studies/${series.study.uid}/series/${series.uid}/instances/${series.instances[instance]!}`
  }
}

/** What of it is answered: everything of studies and series, and of instances what is listed above and asked for. */
export function answered (level: Level, found: DataSet, asked: ReadonlySet<string>): DataSet {
  if (level !== 'instance' || asked.has('all')) return found
  const kept = Object.entries(found).filter(([keyword]) => OF_INSTANCE.includes(keyword as Keyword) || asked.has(keyword))
  return { SpecificCharacterSet: UTF8, ...Object.fromEntries(kept) }
}
