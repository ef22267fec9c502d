import { InvalidRequest } from '../errors.js'
import type { DatatypeName } from '../nifti/datatype.js'
import type { Window } from './window.js'
import type { WireDtype } from './wire-dtype.js'

/** The types a client may ask for; `auto` is the stored type if the values are stored values. */
export const DTYPE_PARAMETERS = ['auto', 'int16', 'uint8', 'float16', 'float32'] as const

/**
 * The number type of an array answer.
 *
 * @param kind   a mask is 0 and 1 in every type, and `uint8` by default
 * @param stored the type in the file
 * @param scales whether the header scales, so that HU are no longer of the stored type
 * @param dtype  the parameter as sent, or undefined
 * @throws InvalidRequest for an unknown `dtype`, or naming the parameters that clash
 */
export function resolveDtype (
  kind: 'image' | 'mask' | 'labels', stored: DatatypeName, scales: boolean, dtype: string | undefined, window: Window | undefined
): WireDtype {
  const wanted = parseDtype(dtype ?? 'auto')
  if (kind === 'mask') {
    if (window !== undefined) {
      throw clash(['window', 'a mask has no HU to window; drop it, or ask for the image'], ['volume', 'is mask'])
    }
    return wanted === 'auto' ? 'uint8' : wanted
  }
  if (kind === 'labels') {
    if (window !== undefined) throw clash(['window', 'labels have no HU to window; drop it'])
    return wanted !== 'auto' ? wanted : scales ? 'float32' : stored
  }
  if (window === undefined) {
    if (wanted === 'uint8') {
      throw clash(['dtype', 'uint8 of an image needs a window'], ['window', 'is missing; such as window=lung'])
    }
    return wanted !== 'auto' ? wanted : scales ? 'float32' : stored
  }
  if (wanted === 'int16') {
    throw clash(
      ['dtype', 'int16 holds HU, not windowed values; ask for uint8, float16 or float32'],
      ['window', 'does not go with dtype=int16; drop one of the two']
    )
  }
  return wanted === 'auto' ? 'uint8' : wanted
}

function parseDtype (text: string): typeof DTYPE_PARAMETERS[number] {
  const found = DTYPE_PARAMETERS.find((name) => name === text)
  if (found !== undefined) return found
  throw new InvalidRequest([{
    parameter: 'dtype', detail: `${JSON.stringify(text)} is none of ${DTYPE_PARAMETERS.join(', ')}`
  }])
}

function clash (...faults: [parameter: string, detail: string][]): InvalidRequest {
  return new InvalidRequest(faults.map(([parameter, detail]) => ({ parameter, detail })))
}
