import type { StoredForm } from '../threads/tasks.js'
import { PAGE_BYTES } from './arena.js'
import type { OpenVolume } from './open-volumes.js'

/** A form in which a volume's voxels are kept. Each has its own cache key: a mask's bits and its file's bytes stay apart. */
export interface VoxelForm {
  volume: OpenVolume
  key: string
  form: StoredForm
  /** bytes of one stored k in this form */
  kBytes: number
  /** number of k in one slab: see `ksPerSlab` */
  ksPerSlab: number
}

/** Some k of one volume, ascending. */
export interface WantedKs { form: VoxelForm, ks: readonly number[] }

/** The part of a layout that is sent to a thread. */
const scalingOf = ({ slope, inter, scales }: OpenVolume['layout']) => ({ slope, inter, scales })

const voxelForms = new WeakMap<OpenVolume, VoxelForm>()

/** The forms in which a volume can be kept. */
export const FORMS = {
  /** little-endian stored values; for a mask, 0 and 1 in uint8 */
  voxels (volume: OpenVolume): VoxelForm {
    const known = voxelForms.get(volume)
    if (known !== undefined) return known
    const { layout, record, labels, except, parts, version, channel } = volume
    const isMask = record.kind === 'mask'
    const kBytes = isMask ? layout.sliceBytes / layout.datatype.bytes : layout.sliceBytes
    const form: VoxelForm = {
      volume,
      key: parts !== undefined ? `${contentOf(record)}/painted-${version}` : `${contentOf(record)}/${record.kind === 'labels' ? 'stored' : labels === undefined ? except === undefined ? `voxels${channel === undefined ? '' : `-c${channel}`}` : `but-${except.join('-')}` : `labels-${labels.join('-')}`}`,
      kBytes,
      ksPerSlab: ksPerSlab(kBytes),
      form: { datatype: layout.datatype.name, littleEndian: layout.littleEndian, maskScaling: isMask ? scalingOf(layout) : null, ...(labels !== undefined && { labels }), ...(labels === undefined && except !== undefined && { except }) }
    }
    voxelForms.set(volume, form)
    return form
  },
  /** bytes as in the file; for a little-endian image these equal `voxels`, and are kept once */
  file (volume: OpenVolume): VoxelForm {
    const { layout, record } = volume
    if (record.kind === 'image' && layout.littleEndian && layout.channels === 1) return FORMS.voxels(volume)
    const { shape, channels } = layout
    return {
      // All channels, one after the other, as one long volume.
      volume: channels === 1 ? volume : { ...volume, layout: { ...layout, shape: [shape[0], shape[1], shape[2] * channels] } },
      key: `${contentOf(record)}/file`,
      kBytes: layout.sliceBytes,
      ksPerSlab: ksPerSlab(layout.sliceBytes),
      form: { datatype: layout.datatype.name, littleEndian: true, maskScaling: null }
    }
  }
} as const

/**
 * Names the content of a file as a study uses it. The row's id would do within one catalog; this stays the same when a
 * replica takes a newer one, and what is decoded stays in the cache.
 */
function contentOf ({ kind, key, sha256 }: OpenVolume['record']): string {
  return `${kind} ${key} ${sha256}`
}

/**
 * Number of k in one slab: one, or as many thin ones as fill a page of the cache, so that a slab takes at most twice
 * the bytes it holds. Otherwise a volume of 17,000 slices of 24 bytes would take a gigabyte.
 */
function ksPerSlab (kBytes: number): number {
  return Math.max(1, kBytes * 2 >= PAGE_BYTES ? 1 : Math.floor(PAGE_BYTES / kBytes))
}

/** The slab that holds a given k. */
export function slabOf ({ ksPerSlab }: Pick<VoxelForm, 'ksPerSlab'>, k: number): number {
  return Math.floor(k / ksPerSlab)
}

/** The range of k in a slab; a volume's last slab may hold fewer. */
export function ksOf ({ ksPerSlab, volume }: VoxelForm, slab: number): [first: number, end: number] {
  return [slab * ksPerSlab, Math.min((slab + 1) * ksPerSlab, volume.layout.shape[2])]
}

/** The slabs that hold these k. @param ks ascending */
export function slabsOf (form: VoxelForm, ks: readonly number[]): number[] {
  const slabs: number[] = []
  for (const k of ks) {
    const slab = slabOf(form, k)
    if (slab !== slabs.at(-1)) slabs.push(slab)
  }
  return slabs
}

/** Bytes of the cache that one slab takes, in whole pages. */
export function slabRoom ({ kBytes, ksPerSlab }: VoxelForm): number {
  return Math.max(1, Math.ceil(kBytes * ksPerSlab / PAGE_BYTES)) * PAGE_BYTES
}

/** Bytes of the cache that these k take. Everything that the cache is to hold is planned in this unit. */
export function roomOf (wanted: readonly WantedKs[]): number {
  return wanted.reduce((sum, { form, ks }) => sum + slabsOf(form, ks).length * slabRoom(form), 0)
}
