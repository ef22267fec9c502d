/**
 * The two header structures, transcribed from nifti1.h and nifti2.h: offset and type of each field.
 * `s80` is 80 bytes of text. This is the tests' own copy, independent of src/.
 */
export type FieldType = 'i8' | 'u8' | 'i16' | 'i32' | 'i64' | 'f32' | 'f64' | `s${number}`
export interface Field { offset: number, type: FieldType, count: number }

const one = (offset: number, type: FieldType): Field => ({ offset, type, count: 1 })
const many = (offset: number, type: FieldType, count: number): Field => ({ offset, type, count })

export const FIELDS: Record<1 | 2, Record<string, Field>> = {
  1: {
    sizeof_hdr: one(0, 'i32'),
    data_type: one(4, 's10'),
    db_name: one(14, 's18'),
    extents: one(32, 'i32'),
    session_error: one(36, 'i16'),
    regular: one(38, 's1'),
    dim_info: one(39, 'u8'),
    dim: many(40, 'i16', 8),
    intent_p1: one(56, 'f32'),
    intent_p2: one(60, 'f32'),
    intent_p3: one(64, 'f32'),
    intent_code: one(68, 'i16'),
    datatype: one(70, 'i16'),
    bitpix: one(72, 'i16'),
    slice_start: one(74, 'i16'),
    pixdim: many(76, 'f32', 8),
    vox_offset: one(108, 'f32'),
    scl_slope: one(112, 'f32'),
    scl_inter: one(116, 'f32'),
    slice_end: one(120, 'i16'),
    slice_code: one(122, 'u8'),
    xyzt_units: one(123, 'u8'),
    cal_max: one(124, 'f32'),
    cal_min: one(128, 'f32'),
    slice_duration: one(132, 'f32'),
    toffset: one(136, 'f32'),
    glmax: one(140, 'i32'),
    glmin: one(144, 'i32'),
    descrip: one(148, 's80'),
    aux_file: one(228, 's24'),
    qform_code: one(252, 'i16'),
    sform_code: one(254, 'i16'),
    quatern_b: one(256, 'f32'),
    quatern_c: one(260, 'f32'),
    quatern_d: one(264, 'f32'),
    qoffset_x: one(268, 'f32'),
    qoffset_y: one(272, 'f32'),
    qoffset_z: one(276, 'f32'),
    srow_x: many(280, 'f32', 4),
    srow_y: many(296, 'f32', 4),
    srow_z: many(312, 'f32', 4),
    intent_name: one(328, 's16'),
    magic: one(344, 's4')
  },
  2: {
    sizeof_hdr: one(0, 'i32'),
    magic: one(4, 's4'),
    eol_check: many(8, 'i8', 4),
    datatype: one(12, 'i16'),
    bitpix: one(14, 'i16'),
    dim: many(16, 'i64', 8),
    intent_p1: one(80, 'f64'),
    intent_p2: one(88, 'f64'),
    intent_p3: one(96, 'f64'),
    pixdim: many(104, 'f64', 8),
    vox_offset: one(168, 'i64'),
    scl_slope: one(176, 'f64'),
    scl_inter: one(184, 'f64'),
    cal_max: one(192, 'f64'),
    cal_min: one(200, 'f64'),
    slice_duration: one(208, 'f64'),
    toffset: one(216, 'f64'),
    slice_start: one(224, 'i64'),
    slice_end: one(232, 'i64'),
    descrip: one(240, 's80'),
    aux_file: one(320, 's24'),
    qform_code: one(344, 'i32'),
    sform_code: one(348, 'i32'),
    quatern_b: one(352, 'f64'),
    quatern_c: one(360, 'f64'),
    quatern_d: one(368, 'f64'),
    qoffset_x: one(376, 'f64'),
    qoffset_y: one(384, 'f64'),
    qoffset_z: one(392, 'f64'),
    srow_x: many(400, 'f64', 4),
    srow_y: many(432, 'f64', 4),
    srow_z: many(464, 'f64', 4),
    slice_code: one(496, 'i32'),
    xyzt_units: one(500, 'i32'),
    intent_code: one(504, 'i32'),
    intent_name: one(508, 's16'),
    dim_info: one(524, 'u8'),
    unused_str: one(525, 's15')
  }
}

export type FieldValue = number | string | readonly number[]

/** Write one field into a header. */
export function writeField (header: Buffer, field: Field, value: FieldValue, littleEndian: boolean): void {
  const { offset, type, count } = field
  if (typeof value === 'string') {
    header.fill(0, offset, offset + Number(type.slice(1)))
    header.write(value, offset, Number(type.slice(1)), 'latin1')
    return
  }
  const view = new DataView(header.buffer, header.byteOffset, header.length)
  const values = typeof value === 'number' ? [value] : value
  for (let n = 0; n < count; n++) {
    const number = values[n] ?? 0
    switch (type) {
      case 'i8': view.setInt8(offset + n, number); break
      case 'u8': view.setUint8(offset + n, number); break
      case 'i16': view.setInt16(offset + 2 * n, number, littleEndian); break
      case 'i32': view.setInt32(offset + 4 * n, number, littleEndian); break
      case 'i64': view.setBigInt64(offset + 8 * n, BigInt(number), littleEndian); break
      case 'f32': view.setFloat32(offset + 4 * n, number, littleEndian); break
      case 'f64': view.setFloat64(offset + 8 * n, number, littleEndian); break
      default: throw new Error(`a text field takes text, not ${number}`)
    }
  }
}
