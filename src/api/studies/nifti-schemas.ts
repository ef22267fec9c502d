import { Type } from 'typebox'
import { nullable } from '../../http/contract/schemas.js'

const whole = (example: number) => Type.Integer({ examples: [example] })
/** A float in JSON: NaN and infinity become null. */
const real = (example: number) => nullable(Type.Number({ examples: [example] }))
const text = (example: string) => Type.String({ examples: [example] })
const row = (count: number, example: number[]) => Type.Array(nullable(Type.Number()), { minItems: count, maxItems: count, examples: [example] })

/** The fields of nifti1.h and nifti2.h, under the same names; fields of only one version are optional. */
export const NiftiHeader = Type.Object({
  sizeof_hdr: whole(348),
  data_type: Type.Optional(text('')),
  db_name: Type.Optional(text('')),
  extents: Type.Optional(whole(0)),
  session_error: Type.Optional(whole(0)),
  regular: Type.Optional(text('r')),
  dim_info: whole(0),
  dim: row(8, [3, 512, 512, 36, 1, 1, 1, 1]),
  intent_p1: real(0),
  intent_p2: real(0),
  intent_p3: real(0),
  intent_code: whole(0),
  datatype: whole(4),
  bitpix: whole(16),
  slice_start: whole(0),
  pixdim: row(8, [-1, 0.7, 0.7, 8, 0, 0, 0, 0]),
  vox_offset: real(352),
  scl_slope: real(1),
  scl_inter: real(0),
  slice_end: whole(0),
  slice_code: whole(0),
  xyzt_units: whole(10),
  cal_max: real(0),
  cal_min: real(0),
  slice_duration: real(0),
  toffset: real(0),
  glmax: Type.Optional(whole(0)),
  glmin: Type.Optional(whole(0)),
  descrip: text(''),
  aux_file: text(''),
  qform_code: whole(1),
  sform_code: whole(1),
  quatern_b: real(0),
  quatern_c: real(1),
  quatern_d: real(0),
  qoffset_x: real(180),
  qoffset_y: real(-180),
  qoffset_z: real(-160),
  srow_x: row(4, [-0.7, 0, 0, 180]),
  srow_y: row(4, [0, 0.7, 0, -180]),
  srow_z: row(4, [0, 0, 8, -160]),
  intent_name: text(''),
  magic: text('n+1'),
  eol_check: Type.Optional(Type.Array(Type.Integer(), { description: 'bytes that reveal a conversion of line ends (NIfTI-2 only)', examples: [[13, 10, 26, 10]] })),
  unused_str: Type.Optional(text(''))
}, { $id: 'NiftiHeader', description: 'Every field of the header, as stored (nifti1.h, nifti2.h).' })
