/**
 * Every error niiserve reports. Each class carries facts; `code` is the problem's slug in the HTTP contract.
 * Only `http/problems/problem-details.ts` knows its status.
 */

/** One fault of a request: where it is, and what would be right. */
export interface RequestFault { parameter: string, detail: string }

/** An error whose message the client may read. */
export abstract class NiiserveFault extends Error {
  abstract readonly code: string
}

/** A parameter is unknown, malformed or outside its valid values, or two parameters clash. */
export class InvalidRequest extends NiiserveFault {
  readonly code = 'invalid-request'
  constructor (readonly errors: readonly RequestFault[]) {
    super(errors.map(({ parameter, detail }) => `${parameter}: ${detail}`).join('; '))
  }
}

/** The catalog has no study of this id. */
export class StudyNotFound extends NiiserveFault {
  readonly code = 'study-not-found'
  constructor (readonly studyId: string) {
    super(`No study has the id ${JSON.stringify(studyId)}; GET /v1/studies lists them.`)
  }
}

/** The study exists but has no lesion mask. */
export class MaskNotFound extends NiiserveFault {
  readonly code = 'mask-not-found'
  constructor (readonly studyId: string, detail = `Study ${studyId} has no mask; GET /v1/studies?annotated=true lists those that do.`) {
    super(detail)
  }
}

/** The dataset has no such label set, or the study has no file of it. */
export class LabelsNotFound extends MaskNotFound {
  constructor (studyId: string, detail: string) {
    super(studyId)
    this.message = detail
  }
}

/** The index lies outside the volume; `count` is the number of slices along `plane`. */
export class SliceNotFound extends NiiserveFault {
  readonly code = 'slice-not-found'
  constructor (readonly plane: string, readonly index: number | string, readonly count: number) {
    super(`${plane} slice ${index} is outside 0..${count - 1}`)
  }
}

/** The catalog lists the file, but it is missing (or not in the requested form). */
export class VolumeMissing extends NiiserveFault {
  readonly code = 'volume-missing'
}

/**
 * The file exists but cannot be served: it is damaged, or of a kind niiserve does not read.
 * Permanent until the file changes, so clients are told not to retry.
 */
export class VolumeUnreadable extends NiiserveFault {
  readonly code = 'volume-unreadable'
}

/** A prediction cannot be read: it is damaged, truncated, of another kind, or noise. */
export class PredictionUnreadable extends NiiserveFault {
  readonly code = 'prediction-unreadable'
}

/** A decoded prediction exceeds the size limit. */
export class PredictionTooLarge extends NiiserveFault {
  readonly code = 'body-too-large'
}

/** A predicted mask is not on the reference's grid in any orientation. */
export class GeometryMismatch extends NiiserveFault {
  readonly code = 'geometry-mismatch'
}

/** Runs are not kept: no file for them is configured. */
export class EvaluationsOff extends NiiserveFault {
  readonly code = 'evaluations-off'
  constructor () {
    super('This service keeps no evaluations: EVALUATIONS_FILE is not set. POST /v1/scores/severity.json and POST /v1/studies/{studyId}/mask/scores.json score without storing anything.')
  }
}

/** There is no run of this id. */
export class EvaluationNotFound extends NiiserveFault {
  readonly code = 'evaluation-not-found'
  constructor (readonly id: string) {
    super(`No evaluation has the id ${JSON.stringify(id)}; GET /v1/evaluations.json lists them.`)
  }
}

/** Two runs have different studies or references, so their figures do not compare; or a reference has changed. */
export class TargetsDiffer extends NiiserveFault {
  readonly code = 'targets-differ'
}

/** The header gives no orientation, so what needs a direction cannot be drawn; `reason` ends a sentence. */
export class OrientationUnknown extends NiiserveFault {
  readonly code = 'orientation-unknown'
  constructor (reason: string) {
    super(`The header does not state the orientation of the volume: ${reason}. Left and right are unknown, so planes, letters and radiological order are not available; slices along k are served with plane=axial and orientation=native, without labels.`)
  }
}

/** The address names an old revision, whose answer no longer exists; `revision` is the current one. */
export class RevisionGone extends NiiserveFault {
  readonly code = 'revision-gone'
  constructor (asked: string, readonly revision: string) {
    super(`The revision ${JSON.stringify(asked)} is not the current one; that is ${revision}.`)
  }
}

/** A byte range starts past the end; `size` is the length in bytes. */
export class RangeNotSatisfiable extends NiiserveFault {
  readonly code = 'range-not-satisfiable'
  constructor (readonly size: number) {
    super(`The range starts past the end: there are ${size} bytes, 0..${size - 1}.`)
  }
}

/** A bounded queue or the memory for answers in flight is full; the client may retry after `retryAfterSeconds`. */
export class Overloaded extends NiiserveFault {
  readonly code = 'overloaded'
  constructor (what: string, readonly retryAfterSeconds = 1) {
    super(`The service cannot answer now (${what}); try again in ${retryAfterSeconds} s.`)
  }
}

/** The study is listed, but its facts are not read yet, or its file has just changed. */
export class CatalogBuilding extends NiiserveFault {
  readonly code = 'catalog-building'
  constructor (what: string, readonly retryAfterSeconds = 2) {
    super(`${what} is still being read into the catalog; try again in ${retryAfterSeconds} s.`)
  }
}

/** The client disconnected while its request waited. */
export class ClientGone extends Error {}

/** A setting is invalid; the start fails with this one line. */
export class ConfigError extends Error {
  constructor (readonly setting: string, detail: string) {
    super(`${setting}: ${detail}`)
  }
}

/** The catalog belongs to another process or another data root; the start fails with this one line. */
export class CatalogTaken extends ConfigError {
  constructor (file: string, detail: string) {
    super('CATALOG_FILE', `${file} cannot be used: ${detail}`)
  }
}

/** A catalog that was made elsewhere, or a part of one, cannot be used; the command fails with this one line. */
export class InvalidCatalog extends Error {
  constructor (readonly where: string, detail: string) {
    super(`${where} cannot be used: ${detail}`)
  }
}

/** The dataset cannot be served at all: no root, or an unreadable registry. */
export class DatasetError extends Error {}

/** Every class of fault by its code, so that a fault can be rebuilt after it crosses a thread. */
export const FAULTS = {
  'invalid-request': InvalidRequest,
  'study-not-found': StudyNotFound,
  'mask-not-found': MaskNotFound,
  'slice-not-found': SliceNotFound,
  'volume-missing': VolumeMissing,
  'volume-unreadable': VolumeUnreadable,
  'orientation-unknown': OrientationUnknown,
  'revision-gone': RevisionGone,
  'prediction-unreadable': PredictionUnreadable,
  'body-too-large': PredictionTooLarge,
  'geometry-mismatch': GeometryMismatch,
  'evaluations-off': EvaluationsOff,
  'evaluation-not-found': EvaluationNotFound,
  'targets-differ': TargetsDiffer,
  'range-not-satisfiable': RangeNotSatisfiable,
  overloaded: Overloaded,
  'catalog-building': CatalogBuilding
} as const

export type ServableFault = InstanceType<typeof FAULTS[keyof typeof FAULTS]>
