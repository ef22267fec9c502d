import type { Get } from './array-answer.js'
import type { FillingVolume } from './filling-volume.js'
import { patientGet, waited } from './patient-get.js'

/** A stream that breaks off is continued so often, from where it broke; a file that is damaged says so on the next try. */
const CONTINUED = 3
const PAUSE_SECONDS = 0.3

export interface StreamEvents {
  /** voxels have arrived */
  onArrival: () => void
  /** the service asks to wait */
  onWait: (refusal: Error) => void
}

/**
 * Fill a volume by one stream, going on from where it was left (Range and If-Range).
 *
 * @param to     the volume's array: `v1/studies/{id}/image.raw`
 * @throws what `get` throws, when it is final; an AbortError when the signal ends it
 */
export async function fillVolume (get: Get, to: string, query: Record<string, string>, volume: FillingVolume, signal: AbortSignal, events: StreamEvents): Promise<void> {
  for (let tries = 0; !volume.isComplete; tries++) {
    const response = await patientGet(get, to, query, { signal, headers: continuation(volume), priority: 'low' }, events.onWait)
    try {
      await read(response, volume, events.onArrival)
      // A body that ends early without an error would be asked for again at once, and again.
      if (!volume.isComplete) throw new Error(`The service sent ${volume.received} of ${volume.voxels.byteLength} bytes.`)
    } catch (error) {
      if (signal.aborted || tries === CONTINUED) throw error
      await waited(PAUSE_SECONDS * (tries + 1), signal)
    }
  }
}

function continuation ({ received, etag }: FillingVolume): Record<string, string> {
  return received > 0 && etag !== null ? { range: `bytes=${received}-`, 'if-range': etag } : {}
}

async function read (response: Response, volume: FillingVolume, onArrival: () => void): Promise<void> {
  // 200 where a part was asked for: the file is another one now.
  if (response.status !== 206 && volume.received > 0) volume.restart()
  volume.etag = response.headers.get('etag')
  const reader = response.body!.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    volume.append(value)
    onArrival()
  }
}
