import { elementsOf } from './data-set.js'
import type { DataSet, Element } from './data-set.js'
import { asDecimalString } from './decimal-string.js'

/** One attribute in the DICOM JSON model. */
interface JsonElement { vr: string, Value?: unknown[] }

export type DicomJson = Record<string, JsonElement>

/**
 * A data set in the DICOM JSON model (PS3.18, annex F): DS and IS as numbers, names as `Alphabetic`, an empty attribute
 * without `Value`. Bytes are left out, because clients fetch pixels as frames.
 */
export function dicomJson (dataSet: DataSet): DicomJson {
  const json: DicomJson = {}
  for (const element of elementsOf(dataSet)) {
    if (element.vr === 'OB' || element.vr === 'OW') continue
    json[element.tag] = element.values.length === 0 ? { vr: element.vr } : { vr: element.vr, Value: element.values.map((value) => jsonValue(element, value)) }
  }
  return json
}

function jsonValue ({ vr }: Element, value: Element['values'][number]): unknown {
  switch (vr) {
    case 'SQ': return dicomJson(value as DataSet)
    case 'PN': return { Alphabetic: value }
    case 'DS': return asDecimalString(value as number)
    default: return value
  }
}
