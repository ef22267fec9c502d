import { Type } from 'typebox'
import { AFFINE_TOLERANCE_MM, QUALITY_KINDS, SEVERITIES } from '../../catalog/quality.js'
import { named, nullable, oneOf } from '../../http/contract/schemas.js'

const KIND = '`forms-differ`: sform and qform; `affine-identity`, `affine-sheared`; `shape-mismatch`, `affine-mismatch`: of image and label; `not-hu`: nothing below −500 HU; `label-unknown`: values outside the table; `label-fraction`; `mask-empty`; `voxels-equal`: of two studies; `text-identifying`: of a header, extension or gzip name; `id-clash`: two files with one id'

const QualityItem = named('QualityItem', Type.Object({
  study: Type.String({ description: 'id of the study', examples: ['study_0255'] }),
  kind: named('QualityKind', oneOf(QUALITY_KINDS, { description: KIND, examples: ['text-identifying'] })),
  severity: named('QualitySeverity', oneOf(SEVERITIES, { description: '`error`: it cannot be used as it is meant; `warning`: look at it; `info`: usual', examples: ['warning'] })),
  detail: Type.String({ description: 'what, where, and by which threshold, in words; never the text of a header', examples: ['masks/study_0255_mask.nii.gz has text that may identify a person or a moment, in descrip (a time).'] }),
  picture: nullable(Type.String({ description: 'a picture that shows it', examples: ['/v1/studies/study_0255/thumbnail.png?overlay=contour'] }))
}, { description: 'Something odd about a study.' }))

/** The findings of a dataset. */
export const Quality = Type.Object({
  tolerance: Type.Number({ description: 'mm: affines are compared entry by entry, and equal within this', examples: [AFFINE_TOLERANCE_MM] }),
  items: Type.Array(QualityItem)
}, { $id: 'Quality', description: 'What is odd about the files of a dataset.' })
