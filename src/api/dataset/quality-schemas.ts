import { Type } from 'typebox'
import { AFFINE_TOLERANCE_MM, QUALITY_KINDS, SEVERITIES } from '../../catalog/quality.js'
import { named, nullable, oneOf } from '../../http/contract/schemas.js'

const KIND = 'kind of the finding; `forms-differ`: sform and qform differ; `affine-identity`, `affine-sheared`: unlikely affine; `shape-mismatch`, `affine-mismatch`: image and label differ; `not-hu`: no value below −500 HU; `label-unknown`: values outside the label table; `label-fraction`: fractional label values; `mask-empty`: no labelled voxel; `voxels-equal`: two studies have equal voxels; `text-identifying`: text in a header, extension or gzip name may identify a person; `id-clash`: two files with one id'

const QualityItem = named('QualityItem', Type.Object({
  study: Type.String({ description: 'id of the study', examples: ['study_0255'] }),
  kind: named('QualityKind', oneOf(QUALITY_KINDS, { description: KIND, examples: ['text-identifying'] })),
  severity: oneOf(SEVERITIES, { description: 'severity of the finding; `error`: the data cannot be used as intended; `warning`: needs a look; `info`: common and harmless', examples: ['warning'] }),
  detail: Type.String({ description: 'sentence that names the fault, the file and the threshold; it never quotes the text of a header', examples: ['masks/study_0255_mask.nii.gz has text that may identify a person or a moment, in descrip (a time).'] }),
  picture: nullable(Type.String({ description: 'path of a picture that shows the finding', examples: ['/v1/studies/study_0255/thumbnail.png?overlay=contour'] }))
}, { description: 'A finding about the files of a study.' }))

/** The findings of a dataset. */
export const Quality = Type.Object({
  tolerance: Type.Number({ description: 'tolerance in mm: affines count as equal if no entry differs by more', examples: [AFFINE_TOLERANCE_MM] }),
  items: Type.Array(QualityItem)
}, { $id: 'Quality', description: 'The findings about the files of a dataset.' })
