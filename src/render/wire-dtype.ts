import type { DatatypeName } from '../nifti/datatype.js'

/** The number type of an answer, as `Array-Dtype` names it: any stored type, or half precision. */
export type WireDtype = DatatypeName | 'float16'

/** Bytes of one number on the wire. */
export const WIRE_BYTES: Readonly<Record<WireDtype, 1 | 2 | 4 | 8>> = Object.freeze({
  int8: 1, uint8: 1, int16: 2, uint16: 2, float16: 2, int32: 4, uint32: 4, float32: 4, int64: 8, uint64: 8, float64: 8
})
