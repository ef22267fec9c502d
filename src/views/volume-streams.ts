import { InvalidRequest } from '../errors.js'
import { volumeAffine } from '../nifti/slice.js'
import { resolveDtype } from '../render/dtype.js'
import { WIRE_BYTES } from '../render/wire-dtype.js'
import type { WireDtype } from '../render/wire-dtype.js'
import { UNSCALED } from '../render/hounsfield.js'
import { DESCR, npyHeader } from '../render/npy.js'
import { windowText } from '../render/window.js'
import type { Window } from '../render/window.js'
import type { VoxelPool } from '../threads/voxel-pool.js'
import type { OpenVolume } from '../volumes/open-volumes.js'
import type { Admission } from '../volumes/admission.js'
import { onceBegun } from '../volumes/caller.js'
import type { Caller } from '../volumes/caller.js'
import { FORMS, ksOf, slabOf, slabRoom } from '../volumes/voxel-form.js'
import type { VoxelForm } from '../volumes/voxel-form.js'
import type { Lease, VoxelReader } from '../volumes/voxel-reader.js'
import type { Answer, AnswerStream } from './answer.js'

/** Start and end (exclusive) along one stored axis; in a query, infinity means the end of the axis. */
export type AxisRange = readonly [start: number, stop: number]

export interface VolumeQuery {
  format: 'raw' | 'npy'
  dtype: string | undefined
  window: Window | undefined
  /** per stored axis; undefined means all of it */
  box: readonly [i: AxisRange | undefined, j: AxisRange | undefined, k: AxisRange | undefined]
}

/** A whole volume or a box of it as bytes, planned before any voxel is read: `prefix` first, then one k after the other. */
export interface StreamPlan {
  form: VoxelForm
  etag: string
  /** total bytes */
  length: number
  /** bytes before the voxels; `null`: the file's own head, read when it is needed */
  prefix: Uint8Array | null
  prefixBytes: number
  /** the first stored k, and one past the last */
  k: AxisRange
  /** bytes of the answer per k */
  kBytes: number
  /** how to make the bytes of a k; null when its voxels are sent as they are kept */
  cast: { i: AxisRange, j: AxisRange, dtype: WireDtype, window: Window | null } | null
}

export interface ArrayStreamPlan extends StreamPlan {
  dtype: WireDtype
  /** C order: k, j, i */
  shape: [number, number, number]
  affine: number[] | null
}

/** Slabs that one stream holds at a time: two being sent to the client, one being read. */
const SLABS_IN_FLIGHT = 3

/** Streams of whole volumes: no second copy, and only a few slabs held at a time. */
export class VolumeStreams {
  constructor (private readonly reader: VoxelReader, private readonly pool: VoxelPool, private readonly admission: Admission) {}

  /** @throws InvalidRequest naming a range outside the volume, or parameters that clash */
  planArray (volume: OpenVolume, { format, dtype: wanted, window, box }: VolumeQuery): ArrayStreamPlan {
    const { layout, record, version } = volume
    const dtype = resolveDtype(record.kind, layout.datatype.name, layout.scales, wanted, window)
    const [i, j, k] = (['i', 'j', 'k'] as const).map((axis, n) => checkedRange(axis, box[n], layout.shape[n]!)) as [AxisRange, AxisRange, AxisRange]
    const shape: [number, number, number] = [k[1] - k[0], j[1] - j[0], i[1] - i[0]]
    const kBytes = shape[1] * shape[2] * WIRE_BYTES[dtype]
    const prefix = format === 'npy' ? npyHeader(DESCR[dtype], shape) : new Uint8Array(0)
    const isStored = record.kind === 'mask' ? dtype === 'uint8' : !layout.scales && window === undefined && dtype === layout.datatype.name
    const isWholeSlab = shape[1] === layout.shape[1] && shape[2] === layout.shape[0]
    return {
      form: FORMS.voxels(volume),
      dtype,
      shape,
      affine: volumeAffine(layout, [i[0], j[0], k[0]]),
      etag: `"${version}.volume.${format}.${dtype}.${window === undefined ? '' : windowText(window)}.${[i, j, k].map((range) => range.join('-')).join('.')}"`,
      length: prefix.length + shape[0] * kBytes,
      prefix,
      prefixBytes: prefix.length,
      k,
      kBytes,
      cast: isStored && isWholeSlab ? null : { i, j, dtype, window: window ?? null }
    }
  }

  /** The decoded file as it is: its own header, extensions and byte order. Bytes after the last voxel are left out. */
  planFile (volume: OpenVolume): StreamPlan {
    const { layout, version } = volume
    return {
      form: FORMS.file(volume),
      etag: `"${version}.nii"`,
      length: layout.voxOffset + layout.voxelBytes * layout.channels,
      prefix: null,
      prefixBytes: layout.voxOffset,
      k: [0, layout.shape[2] * layout.channels],
      kBytes: layout.sliceBytes,
      cast: null
    }
  }

  /**
   * A range of the answer, slab by slab. After the first part, the stream waits for room and threads without a limit. It
   * then ends only with its last byte, a changed or damaged file, or when its client leaves.
   *
   * @param range bytes of the answer, end exclusive
   * @throws VolumeUnreadable, CatalogBuilding, ClientGone; Overloaded before the first part
   */
  async * stream (plan: StreamPlan, [start, stop]: AxisRange, signal: AbortSignal): AnswerStream {
    const { form } = plan
    const leave = await this.admission.admit(SLABS_IN_FLIGHT * slabRoom(form), signal)
    try {
      const head = start < plan.prefixBytes ? plan.prefix ?? await this.reader.head(form.volume, signal) : new Uint8Array(0)
      let before = head.length > 0 ? [head.subarray(start, stop)] : []
      if (stop <= plan.prefixBytes) {
        yield { chunks: before, release: () => {}, cache: 'hit', decodeMs: 0 }
        return
      }
      const end = this.kAt(plan, stop - 1) + 1
      let caller: Caller = { signal }
      for (let k = this.kAt(plan, start); k < end;) {
        const next = Math.min(end, ksOf(form, slabOf(form, k))[1])
        const reading = this.reader.read(form, range(k, next), caller)
        if (next < end) this.reader.decodeAhead(form, next)
        const { chunks, ...part } = await this.partOf(plan, await reading, [k, next], [start, stop], caller)
        yield { ...part, chunks: [...before, ...chunks] }
        before = []
        caller = onceBegun(caller)
        k = next
      }
    } finally {
      leave()
    }
  }

  private kAt (plan: StreamPlan, byte: number): number {
    return plan.k[0] + Math.max(0, Math.floor((byte - plan.prefixBytes) / plan.kBytes))
  }

  /** The part of the range that some k of one slab contribute. */
  private async partOf (plan: StreamPlan, { placed, view, cache, decodeMs, release }: Lease, [k, end]: AxisRange, [start, stop]: AxisRange, caller: Caller): Promise<Answer> {
    const begin = plan.prefixBytes + (k - plan.k[0]) * plan.kBytes
    const cut = (bytes: Uint8Array) => [bytes.subarray(Math.max(0, start - begin), stop - begin)]
    const { buffer, byteOffset } = view(k)
    if (plan.cast === null) return { chunks: cut(Buffer.from(buffer, byteOffset, (end - k) * plan.form.kBytes)), release, cache, decodeMs }
    const { layout, record } = plan.form.volume
    const isMask = record.kind === 'mask'
    try {
      const bytes = await this.pool.run('box', {
        offset: placed[0]!.offset,
        count: end - k,
        shape: [layout.shape[0], layout.shape[1]],
        datatype: isMask ? 'uint8' : layout.datatype.name,
        scaling: isMask ? UNSCALED : { slope: layout.slope, inter: layout.inter, scales: layout.scales },
        ...plan.cast,
        i: [...plan.cast.i],
        j: [...plan.cast.j]
      }, caller.signal, caller.until === undefined ? 'now' : 'promised')
      return { chunks: cut(bytes), release: () => {}, cache, decodeMs }
    } finally {
      release()
    }
  }
}

function range (from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, n) => from + n)
}

function checkedRange (axis: 'i' | 'j' | 'k', range: AxisRange | undefined, size: number): AxisRange {
  if (range === undefined) return [0, size]
  const [start, stop] = [range[0], range[1] === Infinity ? size : range[1]]
  if (start < stop && stop <= size) return [start, stop]
  throw new InvalidRequest([{ parameter: axis, detail: `${start}:${stop} is not start:stop with 0 <= start < stop <= ${size}` }])
}
