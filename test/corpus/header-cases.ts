import { gzipSync } from 'node:zlib'
import { makeNifti } from '../support/make-nifti.js'
import type { NiftiRecipe } from '../support/make-nifti.js'
import type { FieldValue } from '../support/nifti-fields.js'
import type { FileCase } from './file-case.js'

/** 2 x 3 x 4 int16: a header of 352 bytes and four slabs of 12. */
const GOOD = makeNifti()
const GOOD_2 = makeNifti({ version: 2 })
const VOXELS = GOOD.subarray(352)

/** The file's beginning, as `.nii` and as a sound gzip stream of it. */
function cuts (version: 1 | 2, file: Buffer, at: Record<string, [bytes: number, problem: RegExp]>): FileCase[] {
  return Object.entries(at).flatMap(([where, [bytes, problem]]) => [
    { name: `NIfTI-${version} that ends ${where}`, extension: '.nii' as const, image: file.subarray(0, bytes), status: 'unreadable' as const, problem },
    { name: `NIfTI-${version} that ends ${where} in gzip`, image: gzipSync(file.subarray(0, bytes)), status: 'unreadable' as const, problem }
  ])
}

const truncations: FileCase[] = [
  ...cuts(1, GOOD, {
    'before it begins': [0, /0 bytes, which is too short/],
    'in sizeof_hdr': [3, /3 bytes, which is too short/],
    'after sizeof_hdr': [4, /ends after 4 bytes, inside its 348-byte header/],
    'in dim': [41, /inside its 348-byte header/],
    'before magic': [344, /inside its 348-byte header/],
    'in magic': [347, /ends after 347 bytes/],
    'after the header': [348, /ends in slab 0 of 4/],
    'in the extension flags': [350, /ends in slab 0 of 4/],
    'before the voxels': [352, /ends in slab 0 of 4: its header promises 48 bytes of voxels from byte 352 on/],
    'in the first voxel': [353, /ends in slab 0 of 4/],
    'after a slab': [352 + 24, /ends in slab 2 of 4/],
    'one byte early': [GOOD.length - 1, /ends in slab 3 of 4/]
  }),
  ...cuts(2, GOOD_2, {
    'after sizeof_hdr': [4, /inside its 540-byte header/],
    'in magic': [9, /inside its 540-byte header/],
    'in the last field': [539, /ends after 539 bytes/],
    'after the header': [540, /ends in slab 0 of 4/],
    'before the voxels': [544, /ends in slab 0 of 4/],
    'one byte early': [GOOD_2.length - 1, /ends in slab 3 of 4/]
  })
]

function unreadable (name: string, recipe: NiftiRecipe, problem: RegExp): FileCase {
  return { name, extension: '.nii', image: makeNifti(recipe), status: 'unreadable', problem }
}

/** A header whose fields are these, over voxels that are there. */
function broken (name: string, fields: Record<string, FieldValue>, problem: RegExp, version: 1 | 2 = 1): FileCase {
  return unreadable(name, { version, fields }, problem)
}

function odd (name: string, recipe: NiftiRecipe, warnings: RegExp[] = []): FileCase {
  const image = makeNifti(recipe)
  return { name, extension: '.nii', image, status: 'ready', warnings, voxels: image.subarray(recipe.extension === undefined ? 352 : 368) }
}

/** Served as it is stored, and not as a radiologist sees it: nothing says which way up that is. */
function undirected (name: string, recipe: NiftiRecipe, why: RegExp): FileCase {
  return { ...odd(name, recipe, [new RegExp(`^image: The header does not state the orientation of the volume: .*${why.source}`)]), hasNoDirection: true }
}

const dimensions: FileCase[] = [
  broken('dim 0 of zero', { dim: [0, 2, 3, 4, 1, 1, 1, 1] }, /dim\[0\] is 0; a volume has 1 to 7/),
  broken('dim 0 below zero', { dim: [-1, 2, 3, 4, 1, 1, 1, 1] }, /dim\[0\] is -1/),
  broken('dim 0 of eight', { dim: [8, 2, 3, 4, 1, 1, 1, 1] }, /dim\[0\] is 8/),
  broken('dim 0 of the other byte order', { dim: [768, 512, 768, 1024, 256, 256, 256, 256] }, /dim\[0\] is 768/),
  ...[1, 2, 3].flatMap((axis) => [0, -1, -32768].map((size) =>
    broken(`dim ${axis} of ${size === 0 ? 'zero' : size === -1 ? 'minus one' : 'minus 32768'}`, { dim: [3, 2, 3, 4, 1, 1, 1, 1].map((n, at) => at === axis ? size : n) }, new RegExp(`dim\\[${axis}\\] is ${size}`)))),
  broken('fourth dim below zero', { dim: [4, 2, 3, 4, -5, 1, 1, 1] }, /dim\[4\] is -5/),
  unreadable('two time points', { shape: [2, 3, 4, 2] }, /2 time points/),
  unreadable('a vector per voxel', { shape: [2, 3, 4, 1, 3] }, /3 volumes/),
  unreadable('seven dimensions', { shape: [2, 3, 2, 1, 1, 1, 2] }, /2 volumes/),
  broken('2 GiB and more', { dim: [3, 32767, 32767, 3, 1, 1, 1, 1] }, /up to 2 GiB are served/),
  broken('all dims at their most', { dim: [3, 32767, 32767, 32767, 1, 1, 1, 1] }, /up to 2 GiB are served/),
  broken('a slab of 2 GiB', { dim: [3, 32767, 32767, 1, 1, 1, 1, 1] }, /One slice along k has \d+ bytes/),
  broken('1 TiB along k', { dim: [3, 1, 1, 2 ** 40, 1, 1, 1, 1] }, /dim\[3\] is 1099511627776; |up to 2 GiB/, 2),
  broken('a k of bytes', { dim: [3, 1, 1, 2 ** 31 - 1, 1, 1, 1, 1], datatype: 2, bitpix: 8 }, /dim\[3\] is 2147483647; sizes up to/, 2),
  broken('an i of bytes', { dim: [3, 2 ** 28, 1, 1, 1, 1, 1, 1], datatype: 2, bitpix: 8 }, /dim\[1\] is 268435456; sizes up to/, 2),
  broken('dims near 2 to the 63', { dim: [3, 2 ** 62, 2 ** 62, 2 ** 62, 1, 1, 1, 1] }, /dim\[1\] is|up to 2 GiB/, 2),
  broken('dims of minus 2 to the 63', { dim: [3, -(2 ** 63), 3, 4, 1, 1, 1, 1] }, /dim\[1\] is -/, 2),
  odd('an unused fourth dim of zero', { fields: { dim: [4, 2, 3, 4, 0, 0, 0, 0] } }),
  odd('two dimensions', { shape: [2, 3], voxels: [1, 2, 3, 4, 5, 6] }),
  odd('one voxel', { shape: [1], voxels: [7] })
]

const DATATYPES: Record<string, [code: number, name: RegExp]> = {
  'unknown datatype 0': [0, /datatype/i],
  'single bits': [1, /binary|datatype/i],
  complex64: [32, /complex64/],
  RGB24: [128, /RGB24/i],
  float128: [1536, /float128/],
  complex128: [1792, /complex128/],
  complex256: [2048, /complex256/],
  RGBA32: [2304, /RGBA32/i],
  'datatype 9999': [9999, /9999/],
  'datatype below zero': [-4, /-4/]
}

const datatypes: FileCase[] = [
  ...Object.entries(DATATYPES).map(([name, [code, problem]]) => broken(name, { datatype: code }, problem)),
  odd('bitpix of another type', { fields: { bitpix: 8 } }, [/^image: The header's bitpix is 8, but int16 has 16 bits/]),
  odd('bitpix of zero', { fields: { bitpix: 0 } }, [/bitpix is 0/])
]

const offsets: FileCase[] = [
  ...[0, 348, 351, 352.5, NaN, Infinity, -352].map((offset) => broken(`vox_offset of ${offset}`, { vox_offset: offset }, new RegExp(`vox_offset is ${offset};`))),
  broken('vox_offset past the end', { vox_offset: 10_000 }, /ends in slab 0 of 4: its header promises 48 bytes of voxels from byte 10000 on/),
  broken('vox_offset one byte late', { vox_offset: 353 }, /ends in slab 3 of 4/),
  broken('vox_offset of 1 GB', { vox_offset: 1e9 }, /vox_offset is 1000000000; up to/),
  broken('vox_offset of 1e30', { vox_offset: 1e30 }, /vox_offset is 1\.0\d+e\+30/),
  broken('NIfTI-2 vox_offset in its header', { vox_offset: 540 }, /vox_offset is 540;/, 2),
  broken('NIfTI-2 vox_offset below zero', { vox_offset: -1 }, /vox_offset is -1;/, 2),
  broken('NIfTI-2 vox_offset near 2 to the 62', { vox_offset: 2 ** 62 }, /vox_offset is 4611686018427388000/, 2)
]

const signatures: FileCase[] = [
  broken('the hdr of a pair', { magic: 'ni1' }, /magic is "ni1": the voxels are in a separate \.img file/),
  broken('the hdr of a NIfTI-2 pair', { magic: 'ni2' }, /magic is "ni2": the voxels/, 2),
  broken('Analyze without magic', { magic: '' }, /magic is "", not "n\+1", as in Analyze/),
  broken('magic in capitals', { magic: 'N+1' }, /magic is "N\+1"/),
  broken('magic without its NUL', { magic: 'n+1x' }, /magic is "n\+1x"/),
  broken('magic of the other version', { magic: 'n+2' }, /magic is "n\+2", not "n\+1"/),
  broken('NIfTI-2 with the magic of 1', { magic: 'n+1' }, /magic is "n\+1", not "n\+2"/, 2),
  broken('NIfTI-2 after a text mode transfer', { eol_check: [10, 10, 26, 10] }, /transfer in text mode/, 2),
  ...[0, 347, 349, -348, 541].map((size) => broken(`sizeof_hdr of ${size}`, { sizeof_hdr: size }, new RegExp(`sizeof_hdr is ${size}, neither 348`)))
]

const row = [1, 0, 0, 0]
const places: FileCase[] = [
  undirected('NaN in the sform', { sform: [[NaN, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]] }, /sform holds NaN or infinity/),
  undirected('infinity in the sform', { sform: [row, [0, 1, 0, Infinity], [0, 0, 1, 0]] }, /sform holds NaN or infinity/),
  undirected('NaN in the quaternion', { qform: { quaternion: [NaN, 0, 0] } }, /qform holds NaN or infinity/),
  undirected('a quaternion of length 2', { qform: { quaternion: [1.2, 1.2, 1.2] } }, /is no rotation/),
  undirected('infinity in qoffset', { qform: { quaternion: [0, 1, 0], offset: [0, Infinity, 0] } }, /qform holds NaN or infinity/),
  unreadable('NaN in pixdim and no form', { pixdim: [1, NaN, 1] }, /pixdim holds NaN or infinity/),
  unreadable('infinity in pixdim and no form', { pixdim: [1, 1, Infinity] }, /pixdim holds NaN or infinity/),
  odd('NaN in pixdim under a sform', { sform: [row, [0, 2, 0, 0], [0, 0, 1, 0]], pixdim: [1, NaN, 1] }, [/pixdim is 1 x NaN x 1 mm and its sform has 1 x 2 x 1 mm/]),
  odd('pixdim of zero', { pixdim: [1, 1, 0] }, [/pixdim\[3\] is 0; it is taken as 1/]),
  odd('pixdim below zero', { pixdim: [-1, -1, -1] }),
  undirected('a sform of zeros', { sform: [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]] }, /sform is all zero/),
  undirected('a flat sform', { sform: [row, row, [0, 0, 1, 0]] }, /sform is singular \(a step along j is 0\.00/),
  odd('a sform of zeros over a qform', { sform: [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]], qform: { quaternion: [0, 0, 0] } }, [/sform is all zero; its qform counts/]),
  odd('qfac of zero', { qform: { quaternion: [0, 0, 0], qfac: 0 } }),
  odd('qfac of NaN', { qform: { quaternion: [0, 0, 0], qfac: NaN } }),
  odd('units nobody knows', { xyztUnits: 255 })
]

const scalings: FileCase[] = [
  unreadable('an infinite intercept', { slope: 2, inter: Infinity }, /scl_inter is infinite/),
  odd('a slope of NaN', { slope: NaN, inter: NaN }),
  odd('an infinite slope', { slope: -Infinity }),
  odd('a slope of zero', { slope: 0, inter: 5 }),
  odd('an intercept of NaN', { slope: 1, inter: NaN })
]

const contents: FileCase[] = [
  odd('voxels that are all NaN', { datatype: 'float32', voxels: () => NaN }),
  odd('voxels that are infinite', { datatype: 'float64', voxels: (i) => i === 0 ? Infinity : -Infinity }),
  odd('the least and largest int64', { datatype: 'int64', shape: [2, 1, 1], voxels: [-(2n ** 63n), 2n ** 63n - 1n] }),
  ...[0, -1, 7, 2 ** 31 - 1].map((size) => odd(`an extension of ${size} bytes`, { extension: extensionOf(size) })),
  odd('extension flags of 255', { extension: Buffer.alloc(16, 255) }),
  { name: 'bytes behind the last voxel', extension: '.nii', image: Buffer.concat([GOOD, Buffer.alloc(4096, 1)]), status: 'ready', voxels: VOXELS },
  { name: 'big-endian that ends one byte early', extension: '.nii', image: makeNifti({ littleEndian: false }).subarray(0, -1), status: 'unreadable', problem: /ends in slab 3 of 4/ }
]

/** nifti1.h: esize, ecode 6, padding. */
function extensionOf (size: number): Buffer {
  const extension = Buffer.alloc(16)
  extension.writeInt32LE(size, 0)
  extension.writeInt32LE(6, 4)
  return extension
}

export const headerCases: FileCase[] = [...truncations, ...dimensions, ...datatypes, ...offsets, ...signatures, ...places, ...scalings, ...contents]
