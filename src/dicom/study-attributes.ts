import type { DataSet } from './data-set.js'

/** Facts of a study that every instance repeats. */
export interface StudyIdentity {
  /** id of the study, also used as the patient's name */
  id: string
  number: number | null
  /** null where the dataset has no categories */
  category: string | null
  uid: string
}

/** The Specific Character Set of everything we write: UTF-8. */
export const UTF8 = 'ISO_IR 192'

export const CT_IMAGE_STORAGE = '1.2.840.10008.5.1.4.1.1.2'
export const SEGMENTATION_STORAGE = '1.2.840.10008.5.1.4.1.1.66.4'

/** Patient and study modules (PS3.3, C.7.1.1 and C.7.2.1); attributes that NIfTI lacks are present and empty. */
export function studyAttributes ({ id, number, category, uid }: StudyIdentity): DataSet {
  return {
    SpecificCharacterSet: UTF8,
    PatientName: id,
    PatientID: id,
    PatientBirthDate: null,
    PatientSex: null,
    PatientIdentityRemoved: 'YES',
    DeidentificationMethod: 'Read from NIfTI, which names no patient',
    StudyInstanceUID: uid,
    StudyDate: null,
    StudyTime: null,
    ReferringPhysicianName: null,
    StudyID: number === null ? null : String(number),
    AccessionNumber: null,
    StudyDescription: category
  }
}
