import type { Catalog } from '../catalog/catalog.js'
import type { StudyRecord, VolumeRecord } from '../catalog/study.js'
import { ctImage, CT_DESCRIPTION, CT_SERIES_NUMBER } from '../dicom/ct-image.js'
import type { CtSeries } from '../dicom/ct-image.js'
import type { DataSet } from '../dicom/data-set.js'
import { planeFault } from '../dicom/image-plane.js'
import { LESION, segmentation } from '../dicom/segmentation.js'
import type { SegmentationSeries } from '../dicom/segmentation.js'
import { CT_IMAGE_STORAGE, SEGMENTATION_STORAGE } from '../dicom/study-attributes.js'
import type { StudyIdentity } from '../dicom/study-attributes.js'
import { UIDS } from '../dicom/uids.js'
import { sliceGeometry } from '../nifti/slice.js'
import type { SliceGeometry } from '../nifti/slice.js'
import type { VolumeLayout } from '../nifti/volume.js'
import { OVERLAY_COLOR } from '../render/overlay.js'
import { WINDOW_PRESETS } from '../render/window.js'

/** A study in DICOM's model: the image is a series of CT images, each mask a series with one segmentation. */
export interface DicomStudy {
  /** id of the study in the catalog */
  id: string
  uid: string
  identity: StudyIdentity
  series: readonly DicomSeries[]
}

export interface DicomSeries {
  study: DicomStudy
  modality: 'CT' | 'SEG'
  sopClass: string
  uid: string
  number: number
  description: string
  /** SOP Instance UIDs in order; for a CT, the n-th is axial slice n */
  instances: readonly string[]
  /** index of a SOP Instance UID; undefined where the series lacks it */
  indexOf: (instanceUid: string) => number | undefined
  /** frames per instance */
  frames: number
  /** all attributes of an instance except its pixels */
  attributes: (instance: number) => DataSet
  /** the image's slice of a frame; frames from 0 */
  sliceOf: (instance: number, frame: number) => number
}

/** Facts of the dataset that the archive needs, besides its studies. */
export interface ArchiveFacts {
  /** id of the dataset */
  dataset: string
  /** YYYYMMDD: the date of all segmentations */
  contentDate: string
  softwareVersion: string
}

const SEGMENTATION_NUMBER = CT_SERIES_NUMBER + 1

/** What a study's record gives: a DICOM study, or why there is none. */
type Known = { study: DicomStudy } | { fault: string }

/** The catalog as a DICOM archive: finds studies, series and instances by UID. Reads no voxels. */
export class DicomArchive {
  private readonly ids = new Map<string, string>()
  private generation = -1
  private readonly known = new WeakMap<StudyRecord, Known>()

  constructor (private readonly catalog: Catalog, private readonly facts: ArchiveFacts) {}

  /** Ids of the ready studies, in order. */
  readyIds (): string[] {
    return this.catalog.ask.studyIds({ status: ['ready'] })
  }

  /** The study, or why it cannot be DICOM; undefined where the catalog has no ready study of that id. */
  study (id: string): Known | undefined {
    const record = this.catalog.study(id)
    if (record === undefined) return undefined
    const known = this.known.get(record)
    if (known !== undefined) return known
    const { image, status } = record
    if (status !== 'ready' || image?.layout == null) return undefined
    const made = this.describe(record, image, image.layout)
    this.known.set(record, made)
    return made
  }

  /** The id of the study of that UID, in any state; undefined where there is none. */
  idOf (studyUid: string): string | undefined {
    const { generation } = this.catalog
    // A study's UID depends only on its id, so a hit stays valid; a miss is looked up again only after the catalog changes.
    if (!this.ids.has(studyUid) && this.generation !== generation) {
      for (const id of this.catalog.ask.studyIds({})) this.ids.set(UIDS.study(this.facts.dataset, id), id)
      this.generation = generation
    }
    return this.ids.get(studyUid)
  }

  private describe (record: StudyRecord, image: VolumeRecord, layout: VolumeLayout): Known {
    // In stored order, which also works for a volume without direction.
    const fault = planeFault(sliceGeometry(layout, 'axial', 0, 'native'))
    if (fault !== undefined) return { fault }
    const geometryOf = (index: number) => sliceGeometry(layout, 'axial', index, 'radiological')
    const first = geometryOf(0)
    const { dataset } = this.facts
    const identity: StudyIdentity = { id: record.id, number: record.number, category: record.category, uid: UIDS.study(dataset, record.id) }
    const ct = ctSeries(identity, image, layout)
    const series: DicomSeries[] = []
    const study: DicomStudy = { id: record.id, uid: identity.uid, identity, series }
    series.push({
      study,
      modality: 'CT',
      sopClass: CT_IMAGE_STORAGE,
      uid: ct.uid,
      number: CT_SERIES_NUMBER,
      description: CT_DESCRIPTION,
      ...instancesOf(ct.uid, first.count),
      frames: 1,
      attributes: (index) => ctImage(ct, geometryOf(index)),
      sliceOf: (index) => index
    })
    const { mask } = record
    if (mask !== undefined && fits(mask, layout)) series.push(this.segmentationOf(study, ct, image, mask, geometryOf))
    return { study }
  }

  private segmentationOf (study: DicomStudy, image: CtSeries, imageFile: VolumeRecord, mask: VolumeRecord, geometryOf: (index: number) => SliceGeometry): DicomSeries {
    const uid = UIDS.series(study.uid, 'mask', contentOf(imageFile), contentOf(mask))
    const slices = mask.lesion!.slices
    const series: SegmentationSeries = {
      uid,
      number: SEGMENTATION_NUMBER,
      name: 'mask',
      image,
      segments: [{ label: 'lesion', color: OVERLAY_COLOR, ...LESION }],
      frames: slices.map((index) => ({ segment: 1, index })),
      contentDate: this.facts.contentDate,
      softwareVersion: this.facts.softwareVersion
    }
    return {
      study,
      modality: 'SEG',
      sopClass: SEGMENTATION_STORAGE,
      uid,
      number: SEGMENTATION_NUMBER,
      description: series.name,
      ...instancesOf(uid, 1),
      frames: slices.length,
      attributes: () => segmentation(series, geometryOf),
      sliceOf: (_, frame) => slices[frame]!
    }
  }
}

/** A mask becomes a segmentation if it can be read, has lesion, and has the image's shape. */
function fits ({ status, layout, lesion }: VolumeRecord, image: VolumeLayout): boolean {
  return status === 'ready' && layout !== null && lesion !== null && lesion.slices.length > 0 && layout.shape.join() === image.shape.join()
}

function ctSeries (study: StudyIdentity, image: VolumeRecord, { datatype, scales }: VolumeLayout): CtSeries {
  const file = contentOf(image)
  const isExact = !scales && ['int16', 'int8', 'uint8'].includes(datatype.name)
  return {
    study,
    uid: UIDS.series(study.uid, 'image', file),
    frameOfReferenceUid: UIDS.frameOfReference(study.uid, file),
    roundedFrom: isExact ? null : `${scales ? 'scaled ' : ''}${datatype.name}`,
    windows: Object.entries(WINDOW_PRESETS).map(([name, window]) => ({ name: name.toUpperCase(), ...window }))
  }
}

function instancesOf (seriesUid: string, count: number): Pick<DicomSeries, 'instances' | 'indexOf'> {
  const instances = Array.from({ length: count }, (_, index) => UIDS.instance(seriesUid, index))
  const places = new Map(instances.map((uid, index) => [uid, index]))
  return { instances, indexOf: (uid) => places.get(uid) }
}

/** The name of a file's content in UIDs; a ready file was read completely, so it has a SHA-256. */
function contentOf ({ sha256, identity }: VolumeRecord): string {
  return sha256 ?? JSON.stringify(identity)
}
