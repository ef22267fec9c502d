import { elementsOf } from './data-set.js'
import type { DataSet, Element, Vr } from './data-set.js'
import { decimalString } from './decimal-string.js'
import { uidOf } from './uids.js'

/** The only transfer syntax that niiserve writes. */
export const EXPLICIT_VR_LITTLE_ENDIAN = '1.2.840.10008.1.2.1'

const IMPLEMENTATION_CLASS_UID = uidOf('implementation', '1')
const IMPLEMENTATION_VERSION_NAME = 'NIISERVE_1'

const PREAMBLE_BYTES = 128

/** Representations with a four-byte length after two reserved bytes (PS3.5, table 7.1-1). */
const LONG: ReadonlySet<Vr> = new Set(['OB', 'OW', 'SQ', 'UR', 'UT'])

/** Bytes per value of the binary representations. */
const BINARY_BYTES: Partial<Record<Vr, number>> = { US: 2, UL: 4, AT: 4 }

const ITEM = tagBytes('FFFEE000')

/**
 * A DICOM file (PS3.10) up to its pixels: preamble, file meta information, data set and the head of Pixel Data. The pixel
 * bytes follow unchanged, with one zero byte after an odd number of them.
 *
 * @param dataSet everything but `PixelData`, with `SOPClassUID` and `SOPInstanceUID`
 */
export function part10Head (dataSet: DataSet, pixels: { vr: 'OB' | 'OW', bytes: number }): Uint8Array {
  const meta = encode({
    FileMetaInformationVersion: new Uint8Array([0, 1]),
    MediaStorageSOPClassUID: dataSet.SOPClassUID ?? null,
    MediaStorageSOPInstanceUID: dataSet.SOPInstanceUID ?? null,
    TransferSyntaxUID: EXPLICIT_VR_LITTLE_ENDIAN,
    ImplementationClassUID: IMPLEMENTATION_CLASS_UID,
    ImplementationVersionName: IMPLEMENTATION_VERSION_NAME
  })
  const groupLength = Buffer.alloc(4)
  groupLength.writeUInt32LE(meta.length)
  return Buffer.concat([
    Buffer.alloc(PREAMBLE_BYTES), Buffer.from('DICM'),
    head('00020000', 'UL', 4), groupLength, meta,
    encode(dataSet), head('7FE00010', pixels.vr, pixels.bytes + pixels.bytes % 2)
  ])
}

/** A data set in Explicit VR Little Endian (PS3.5, annex A.2); sequences and items have explicit lengths. */
export function encode (dataSet: DataSet): Buffer {
  return Buffer.concat(elementsOf(dataSet).flatMap((element) => {
    const value = encodeValues(element)
    return [head(element.tag, element.vr, value.length), value]
  }))
}

function head (tag: string, vr: Vr, length: number): Buffer {
  const isLong = LONG.has(vr)
  const bytes = Buffer.alloc(isLong ? 12 : 8)
  tagBytes(tag).copy(bytes)
  bytes.write(vr, 4, 'latin1')
  if (isLong) bytes.writeUInt32LE(length, 8)
  else bytes.writeUInt16LE(length, 6)
  return bytes
}

function encodeValues ({ vr, values }: Element): Buffer {
  if (vr === 'SQ') return Buffer.concat((values as DataSet[]).flatMap(item))
  if (vr === 'OB' || vr === 'OW') return Buffer.concat(values as Uint8Array[])
  if (vr in BINARY_BYTES) return Buffer.concat(values.map((value) => binary(vr, value as number | string)))
  const text = values.map((value) => typeof value === 'number' ? vr === 'DS' ? decimalString(value) : String(value) : value as string).join('\\')
  const bytes = Buffer.from(text, 'utf8')
  // Every value has an even length: UIDs are padded with a NUL, text with a space (PS3.5, 6.2).
  return bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.from(vr === 'UI' ? '\0' : ' ')])
}

function item (dataSet: DataSet): Buffer[] {
  const content = encode(dataSet)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(content.length)
  return [ITEM, length, content]
}

function binary (vr: Vr, value: number | string): Buffer {
  if (vr === 'AT') return tagBytes(value as string)
  const bytes = Buffer.alloc(BINARY_BYTES[vr]!)
  bytes.writeUIntLE(value as number, 0, bytes.length)
  return bytes
}

/** Group and element as two little-endian 16-bit numbers. */
function tagBytes (tag: string): Buffer {
  return Buffer.from(tag, 'hex').swap16()
}
