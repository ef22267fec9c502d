import { InvalidRequest } from '../errors.js'
import { volumeAffine } from '../nifti/slice.js'
import { WIRE_BYTES, resolveDtype } from '../render/dtype.js'
import type { WireDtype } from '../render/dtype.js'
import { UNSCALED } from '../render/hounsfield.js'
import { DESCR, npyHeader } from '../render/npy.js'
import { windowText } from '../render/window.js'
import type { Window } from '../render/window.js'
import type { VoxelPool } from '../threads/voxel-pool.js'
import type { OpenVolume } from '../volumes/open-volumes.js'
import type { VoxelForm } from '../volumes/slab-decoder.js'
import { FORMS } from '../volumes/voxel-reader.js'
import type { CacheUse, Lease, VoxelReader } from '../volumes/voxel-reader.js'

/** From and to, end exclusive, along one stored axis. */
export type AxisRange = readonly [start: number, stop: number]

export interface VolumeQuery {
  format: 'raw' | 'npy'
  dtype: string | undefined
  window: Window | undefined
  /** per stored axis; undefined is the whole of it */
  box: readonly [i: AxisRange | undefined, j: AxisRange | undefined, k: AxisRange | undefined]
}

/** A whole volume or a box of it as bytes, worked out before any voxel is read: `prefix` first, then slab after slab. */
export interface StreamPlan {
  form: VoxelForm
  etag: string
  /** bytes in all */
  length: number
  /** what stands before the voxels; `null`: the file's own head, which is read when it is needed */
  prefix: Uint8Array | null
  prefixBytes: number
  /** stored k of the first slab, and one past the last */
  k: AxisRange
  /** bytes of the answer that each slab gives */
  slabBytes: number
  /** how to make a slab's part; null when the slab itself is it */
  cast: { i: AxisRange, j: AxisRange, dtype: WireDtype, window: Window | null } | null
}

export interface ArrayStreamPlan extends StreamPlan {
  dtype: WireDtype
  /** C order: k, j, i */
  shape: [number, number, number]
  affine: number[] | null
}

/** A piece of the answer, held until `release`. */
export interface Piece { bytes: Uint8Array, release: () => void }

/** Streams of whole volumes: no second copy, at most a few slabs held at a time. */
export class VolumeStreams {
  constructor (private readonly reader: VoxelReader, private readonly pool: VoxelPool) {}

  /** @throws InvalidRequest naming a range outside the volume, or parameters that clash */
  planArray (volume: OpenVolume, { format, dtype: wanted, window, box }: VolumeQuery): ArrayStreamPlan {
    const { layout, record, version } = volume
    const dtype = resolveDtype(record.kind, layout.datatype.name, layout.scales, wanted, window)
    const [i, j, k] = (['i', 'j', 'k'] as const).map((axis, n) => checkedRange(axis, box[n], layout.shape[n]!)) as [AxisRange, AxisRange, AxisRange]
    const shape: [number, number, number] = [k[1] - k[0], j[1] - j[0], i[1] - i[0]]
    const slabBytes = shape[1] * shape[2] * WIRE_BYTES[dtype]
    const prefix = format === 'npy' ? npyHeader(DESCR[dtype], shape) : new Uint8Array(0)
    const isStored = record.kind === 'mask' ? dtype === 'uint8' : !layout.scales && window === undefined && dtype === layout.datatype.name
    const isWholeSlab = shape[1] === layout.shape[1] && shape[2] === layout.shape[0]
    return {
      form: FORMS.voxels(volume),
      dtype,
      shape,
      affine: volumeAffine(layout, [i[0], j[0], k[0]]),
      etag: `"${version}.volume.${format}.${dtype}.${window === undefined ? '' : windowText(window)}.${[i, j, k].map((range) => range.join('-')).join('.')}"`,
      length: prefix.length + shape[0] * slabBytes,
      prefix,
      prefixBytes: prefix.length,
      k,
      slabBytes,
      cast: isStored && isWholeSlab ? null : { i, j, dtype, window: window ?? null }
    }
  }

  /** The decoded file as it is: its own header, extensions and byte order. Bytes behind the last voxel are left out. */
  planFile (volume: OpenVolume): StreamPlan {
    const { layout, version } = volume
    return {
      form: FORMS.file(volume),
      etag: `"${version}.nii"`,
      length: layout.voxOffset + layout.voxelBytes,
      prefix: null,
      prefixBytes: layout.voxOffset,
      k: [0, layout.shape[2]],
      slabBytes: layout.sliceBytes,
      cast: null
    }
  }

  /**
   * The first piece of a range of the answer, and the pieces after it. The first is read before anything is sent, so
   * that what is wrong can still be said.
   *
   * @param range bytes of the answer, end exclusive
   * @throws VolumeUnreadable, CatalogBuilding, Overloaded, ClientGone, at once or between pieces
   */
  async open (plan: StreamPlan, [start, stop]: AxisRange, signal: AbortSignal): Promise<{ cache: CacheUse, decodeMs: number, pieces: AsyncIterable<Piece> }> {
    const { reader } = this
    const [firstK, lastK] = [this.slabAt(plan, start), this.slabAt(plan, Math.max(start, stop - 1))]
    const head = start < plan.prefixBytes ? plan.prefix ?? await reader.head(plan.form.volume, signal) : new Uint8Array(0)
    const hasVoxels = stop > plan.prefixBytes
    const reading = hasVoxels ? reader.read(plan.form, [firstK], signal) : undefined
    if (firstK < lastK) reader.decodeAhead(plan.form, firstK + 1)
    const first = await reading
    const slabPiece = async (lease: Lease, k: number) => await this.slabPiece(plan, lease, k, [start, stop], signal)
    async function * pieces (): AsyncGenerator<Piece> {
      let lease = first
      try {
        if (head.length > 0) yield { bytes: head.subarray(start, stop), release: () => {} }
        for (let k = firstK; lease !== undefined; k++) {
          if (k < lastK) reader.decodeAhead(plan.form, k + 1)
          const held = lease
          lease = undefined
          yield await slabPiece(held, k)
          if (k < lastK) lease = await reader.read(plan.form, [k + 1], signal)
        }
      } finally {
        lease?.release()
      }
    }
    return { cache: first?.cache ?? 'hit', decodeMs: first?.decodeMs ?? 0, pieces: pieces() }
  }

  private slabAt (plan: StreamPlan, byte: number): number {
    return plan.k[0] + Math.max(0, Math.floor((byte - plan.prefixBytes) / plan.slabBytes))
  }

  private async slabPiece (plan: StreamPlan, lease: Lease, k: number, [start, stop]: AxisRange, signal: AbortSignal): Promise<Piece> {
    const begin = plan.prefixBytes + (k - plan.k[0]) * plan.slabBytes
    const cut = (bytes: Uint8Array) => bytes.subarray(Math.max(0, start - begin), stop - begin)
    if (plan.cast === null) return { bytes: cut(lease.slabs[0]!.view), release: lease.release }
    const { layout, record } = plan.form.volume
    const isMask = record.kind === 'mask'
    try {
      const bytes = await this.pool.run('box', {
        slab: { k, offset: lease.slabs[0]!.offset },
        shape: [layout.shape[0], layout.shape[1]],
        datatype: isMask ? 'uint8' : layout.datatype.name,
        scaling: isMask ? UNSCALED : { slope: layout.slope, inter: layout.inter, scales: layout.scales },
        ...plan.cast,
        i: [...plan.cast.i],
        j: [...plan.cast.j]
      }, signal)
      return { bytes: cut(bytes), release: () => {} }
    } finally {
      lease.release()
    }
  }
}

function checkedRange (axis: 'i' | 'j' | 'k', range: AxisRange | undefined, size: number): AxisRange {
  if (range === undefined) return [0, size]
  const [start, stop] = range
  if (start < stop && stop <= size) return range
  throw new InvalidRequest([{ parameter: axis, detail: `${start}:${stop} is not start:stop with 0 <= start < stop <= ${size}` }])
}
