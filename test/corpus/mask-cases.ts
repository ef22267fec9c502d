import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { makeNifti } from '../support/make-nifti.js'
import type { NiftiRecipe } from '../support/make-nifti.js'
import type { FileCase, Placed } from './file-case.js'

const IMAGE = makeNifti({ gzip: true })
const VOXELS = makeNifti().subarray(352)

/** 24 voxels: 1 at every fifth. */
const BITS = Uint8Array.from({ length: 24 }, (_, n) => n % 5 === 0 ? 1 : 0)
const lesion = (value: number, recipe: NiftiRecipe = {}) => makeNifti({ datatype: 'uint8', voxels: [...BITS].map((bit) => bit * value), gzip: true, ...recipe })

/** An image that nothing is wrong with, and its mask. */
function withMask (name: string, mask: Placed | null, warnings: RegExp[], maskAnswer: FileCase['maskAnswer']): FileCase {
  return { name, image: IMAGE, mask, status: 'ready', voxels: VOXELS, warnings, ...(maskAnswer !== undefined && { maskAnswer }) }
}

const UNSERVED = /^mask: It cannot be served: /
const unserved = (name: string, mask: Placed, problem: RegExp) => withMask(name, mask, [new RegExp(UNSERVED.source + `.*${problem.source}`)], 'volume-unreadable')

export const maskCases: FileCase[] = [
  withMask('a mask of another shape', lesion(1, { shape: [2, 3, 2], voxels: [...BITS.subarray(0, 12)] }), [/The mask is 2 x 3 x 2 voxels and the image 2 x 3 x 4; the mask cannot be laid over it/], BITS.subarray(0, 12)),
  withMask('a mask of more slices', lesion(1, { shape: [2, 3, 5], voxels: [...BITS, 1, 1, 1, 1, 1, 1] }), [/The mask is 2 x 3 x 5 voxels/], Uint8Array.from([...BITS, 1, 1, 1, 1, 1, 1])),
  withMask('a mask at another place', lesion(1, { sform: [[-1, 0, 0, 90], [0, 1, 0, 0], [0, 0, 1, 0]] }), [/affine differs from the image's by up to [\d.]+ mm/], BITS),
  withMask('a mask along other axes', lesion(1, { sform: [[0, 0, 1, 0], [0, 1, 0, 0], [1, 0, 0, 0]] }), [/affine differs from the image's by up to [\d.]+ mm \(mask: SAR, 1 x 1 x 1 mm; image: LAS, 1 x 1 x 1 mm\); voxels are matched by index, and the image's geometry counts/], BITS),
  withMask('a mask with NaN in it', lesion(1, { datatype: 'float32', voxels: [...BITS].map((bit) => bit === 1 ? 0.5 : NaN) }), [/has fractions, 0.5 to 0.5, in 5 voxels/], BITS),
  withMask('a mask of float64', lesion(1, { datatype: 'float64', voxels: [...BITS].map((bit) => bit === 1 ? 1e-300 : -0) }), [/has fractions, 1e-300 to 1e-300, in 5 voxels/], BITS),
  withMask('a mask of minus ones', lesion(-1, { datatype: 'int16' }), [/has negative values, down to -1, in 5 voxels/], BITS),
  withMask('a mask of 255', lesion(255), [], BITS),
  withMask('a big-endian mask', lesion(1, { datatype: 'int32', littleEndian: false }), [], BITS),
  withMask('a mask whose header scales', lesion(1, { slope: 0.5, inter: 0 }), [/has fractions, 0.5 to 0.5/], BITS),
  withMask('a mask whose header shifts its background', lesion(1, { slope: 1, inter: 3 }), [/covers the whole volume: all 24 voxels/, /has 2 values besides 0: 3 \(19 voxels\), 4 \(5 voxels\)/], new Uint8Array(24).fill(1)),
  withMask('a mask whose header turns it inside out', lesion(1, { slope: -1, inter: 1 }), [], BITS.map((bit) => 1 - bit)),
  withMask('a mask over a background of -1024', lesion(1025, { datatype: 'int16', slope: 1, inter: -1024 }), [/covers the whole volume/, /has negative values, down to -1024, in 19 voxels/, /has 2 values besides 0: -1024 \(19 voxels\), 1 \(5 voxels\)/], new Uint8Array(24).fill(1)),
  withMask('a mask of three labels', makeNifti({ datatype: 'uint8', voxels: [...BITS].map((bit, n) => bit * (1 + n % 3)), gzip: true }), [/has 3 values besides 0: 1 \(2 voxels\), 2 \(1 voxel\), 3 \(2 voxels\)/], BITS),
  withMask('a mask without direction', lesion(1, { sform: [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]] }), [/^mask: The header does not state the orientation of the volume/, /^The mask has no direction and the image has .*the image's geometry counts/], BITS),

  withMask('a mask with garbage behind it', Buffer.concat([lesion(1), Buffer.from('garbage')]), [/^mask: 7 bytes after the end/], BITS),
  withMask('a mask that is not there', null, [/^mask: It cannot be served: .* is not there/], 'volume-missing'),
  unserved('a mask of two time points', makeNifti({ shape: [2, 3, 4, 2], gzip: true }), /2 time points/),
  unserved('a mask of RGB', lesion(1, { fields: { datatype: 128 } }), /RGB24/),
  unserved('a mask cut short', lesion(1).subarray(0, -9), /ends within a gzip member/),
  unserved('a mask with a wrong CRC', Buffer.concat([lesion(1).subarray(0, -8), Buffer.alloc(8)]), /checksum/),
  unserved('an empty mask file', Buffer.alloc(0), /ends within a gzip member/),
  unserved('a folder for a mask', (path) => mkdirSync(path), /is a folder, not a file/),
  unserved('a FIFO for a mask', (path) => execFileSync('mkfifo', [path]), /is a FIFO, not a file/),
  unserved('a mask that is a bomb', gzipSync(Buffer.concat([makeNifti(), Buffer.alloc(24 * 2 ** 20)]), { level: 9 }), /more than \d+ bytes of content/),
  { name: 'an image cut short with a sound mask', image: IMAGE.subarray(0, -9), mask: lesion(1), status: 'unreadable', problem: /ends within a gzip member/, maskAnswer: BITS },
  { name: 'a sound mask without its image', image: null, mask: lesion(1), status: 'missing', problem: /is not there/, maskAnswer: BITS },
  { name: 'neither image nor mask sound', image: Buffer.from('x'), mask: Buffer.from('y'), status: 'unreadable', problem: /gzip/, warnings: [/^mask: It cannot be served: .*gzip/], maskAnswer: 'volume-unreadable' }
]
