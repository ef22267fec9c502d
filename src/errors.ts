/**
 * What niiserve can refuse. Each class carries facts; `code` is the problem's slug in the HTTP contract,
 * and only `http/problems/problem-details.ts` knows which status it gets.
 */

/** One thing wrong with a request: where, and what would be right. */
export interface RequestFault { parameter: string, detail: string }

/** Whatever is refused in words that a client may read. */
export abstract class NiiserveFault extends Error {
  abstract readonly code: string
}

/** A parameter is unknown, malformed or out of its values, or two of them clash. */
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

/** The study exists and has no lesion mask. */
export class MaskNotFound extends NiiserveFault {
  readonly code = 'mask-not-found'
  constructor (readonly studyId: string, detail = `Study ${studyId} has no mask; GET /v1/studies?annotated=true lists those that do.`) {
    super(detail)
  }
}

/** The dataset has no such label set, or the study has nothing of it. */
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

/** The catalog lists the file, and it is not there (or not in the form that was asked for). */
export class VolumeMissing extends NiiserveFault {
  readonly code = 'volume-missing'
}

/**
 * The bytes are there and cannot be served: damaged, or of a kind niiserve does not read.
 * Permanent until the file changes, so clients are told not to retry.
 */
export class VolumeUnreadable extends NiiserveFault {
  readonly code = 'volume-unreadable'
}

/** A prediction that was sent to be scored cannot be read: damaged, cut short, of another kind, or noise. */
export class PredictionUnreadable extends NiiserveFault {
  readonly code = 'prediction-unreadable'
}

/** A prediction takes more bytes, decoded, than are read. */
export class PredictionTooLarge extends NiiserveFault {
  readonly code = 'body-too-large'
}

/** A predicted mask does not lie on the reference's grid, whichever way it is turned. */
export class GeometryMismatch extends NiiserveFault {
  readonly code = 'geometry-mismatch'
}

/** Runs are not kept: no file is configured for them. */
export class EvaluationsOff extends NiiserveFault {
  readonly code = 'evaluations-off'
  constructor () {
    super('This service keeps no evaluations: EVALUATIONS_FILE is not set. POST /v1/scores/severity.json and POST /v1/studies/{studyId}/mask/scores.json score all the same, and keep nothing.')
  }
}

/** There is no run of this id. */
export class EvaluationNotFound extends NiiserveFault {
  readonly code = 'evaluation-not-found'
  constructor (readonly id: string) {
    super(`No evaluation has the id ${JSON.stringify(id)}; GET /v1/evaluations.json lists them.`)
  }
}

/** Two runs were scored on different studies or references, so their figures do not compare; or a reference is another than it was. */
export class TargetsDiffer extends NiiserveFault {
  readonly code = 'targets-differ'
}

/** The header does not say how the voxels lie in the patient, so what needs a direction cannot be drawn; `reason` ends a sentence. */
export class OrientationUnknown extends NiiserveFault {
  readonly code = 'orientation-unknown'
  constructor (reason: string) {
    super(`The header gives the volume no direction: ${reason}. Left and right cannot be told, so there are no planes, letters or radiological order; slices along k are served with plane=axial and orientation=native, without labels.`)
  }
}

/** The address names a revision that is not the current one, `revision`: the answer it meant is gone. */
export class RevisionGone extends NiiserveFault {
  readonly code = 'revision-gone'
  constructor (asked: string, readonly revision: string) {
    super(`The revision ${JSON.stringify(asked)} is not the current one, ${revision}.`)
  }
}

/** A byte range that starts past the end of the `size` bytes there are. */
export class RangeNotSatisfiable extends NiiserveFault {
  readonly code = 'range-not-satisfiable'
  constructor (readonly size: number) {
    super(`The range starts past the end: there are ${size} bytes, 0..${size - 1}.`)
  }
}

/** A bounded queue is full, or memory for answers in flight is spent; come back in `retryAfterSeconds`. */
export class Overloaded extends NiiserveFault {
  readonly code = 'overloaded'
  constructor (what: string, readonly retryAfterSeconds = 1) {
    super(`The service is at its limit (${what}); try again in ${retryAfterSeconds} s.`)
  }
}

/** The study is known and its facts are not read yet, or its file has just changed. */
export class CatalogBuilding extends NiiserveFault {
  readonly code = 'catalog-building'
  constructor (what: string, readonly retryAfterSeconds = 2) {
    super(`${what} is still being read into the catalog; try again in ${retryAfterSeconds} s.`)
  }
}

/** The client went away while its request waited; nobody reads the answer. */
export class ClientGone extends Error {}

/** A setting that cannot be used; the start stops with this one line. */
export class ConfigError extends Error {
  constructor (readonly setting: string, detail: string) {
    super(`${setting}: ${detail}`)
  }
}

/** The catalog is another process's, or another data root's; the start stops with this one line. */
export class CatalogTaken extends ConfigError {
  constructor (file: string, detail: string) {
    super('CATALOG_FILE', `${file} cannot be used: ${detail}`)
  }
}

/** A dataset that cannot be served at all: no root, or a registry that cannot be read. */
export class DatasetError extends Error {}

/** Every class of fault by its code, so that one can be made again on the other side of a thread. */
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
