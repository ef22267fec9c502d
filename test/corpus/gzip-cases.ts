import { truncateSync, writeFileSync } from 'node:fs'
import { constants, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { contentOf, member, PLAIN_HEADER, trailerOf } from '../gzip/gzip-streams.js'
import { makeNifti } from '../support/make-nifti.js'
import type { FileCase, Placed } from './file-case.js'

const MIB = 2 ** 20

/** 32 x 32 x 16 int16 that deflates into several blocks: 352 bytes of header, slabs of 2048. */
const SHAPE = [32, 32, 16] as const
const FILE = makeNifti({ shape: SHAPE, voxels: new Int16Array(contentOf('ct', 32 * 32 * 16 * 2, 7).buffer.slice(0, 32 * 32 * 16 * 2)) })
const VOXELS = FILE.subarray(352)
const DEFLATED = deflateRawSync(FILE, { memLevel: 1 })
const TRAILER = trailerOf(FILE)
const GOOD = Buffer.concat([PLAIN_HEADER, DEFLATED, TRAILER])

/** FLG with FHCRC, FEXTRA, FNAME and FCOMMENT; the header CRC is filled in by the caller's bytes. RFC 1952, 2.3. */
const extra = Buffer.concat([Buffer.from('1f8b0804000000000003', 'hex'), Buffer.from([4, 0, 1, 2, 3, 4])])
const named = Buffer.concat([Buffer.from('1f8b0808000000000003', 'hex'), Buffer.from('study.nii\0')])
const commented = Buffer.concat([Buffer.from('1f8b0810000000000003', 'hex'), Buffer.from('a CT\0')])

function unreadable (name: string, image: Placed, problem: RegExp): FileCase {
  return { name, image, status: 'unreadable', problem }
}

function ready (name: string, image: Placed, warnings: RegExp[] = []): FileCase {
  return { name, image, status: 'ready', warnings, voxels: VOXELS }
}

const CUT = /the file ends within a gzip member/

function patched (bytes: Buffer, at: number, ...values: number[]): Buffer {
  const copy = Buffer.from(bytes)
  copy.set(values, at < 0 ? copy.length + at : at)
  return copy
}

const truncations: FileCase[] = [
  ...Object.entries({
    'before it begins': 0,
    'in its magic': 1,
    'after its magic': 2,
    'after its method': 3,
    'in its time': 6,
    'before the operating system': 9,
    'after its header': 10,
    'after one byte of DEFLATE': 11,
    'in the first block': 300,
    'in the middle': GOOD.length >> 1,
    'one byte before its trailer': GOOD.length - 9,
    'before its trailer': GOOD.length - 8,
    'in its CRC': GOOD.length - 6,
    'before its size': GOOD.length - 4,
    'one byte early': GOOD.length - 1
  }).map(([where, bytes]) => unreadable(`gzip that ends ${where}`, GOOD.subarray(0, bytes), CUT)),
  unreadable('gzip that ends in the length of its extra field', extra.subarray(0, 11), CUT),
  unreadable('gzip that ends in its extra field', extra.subarray(0, 14), CUT),
  unreadable('gzip that ends in its file name', named.subarray(0, 13), CUT),
  unreadable('gzip that ends in its comment', commented.subarray(0, 12), CUT)
]

const withFlags = (flags: number, rest: Buffer) => Buffer.concat([Buffer.from([0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 3]), rest])
const headers: FileCase[] = [
  unreadable('gzip of method 7', patched(GOOD, 2, 7), /unknown compression method 7/),
  unreadable('gzip with reserved flags', patched(GOOD, 3, 0x20), /reserved flags/),
  unreadable('gzip whose header fails its checksum', Buffer.concat([withFlags(2, Buffer.from([1, 2])), DEFLATED, TRAILER]), /header fails its checksum/),
  unreadable('gzip with an extra field longer than the file', withFlags(4, Buffer.from([255, 255, 1])), CUT),
  unreadable('gzip whose file name never ends', withFlags(8, Buffer.alloc(2 * MIB, 'n')), /a gzip header that does not end/),
  ready('gzip with an extra field', Buffer.concat([extra, DEFLATED, TRAILER])),
  ready('gzip with a file name', Buffer.concat([named, DEFLATED, TRAILER])),
  ready('gzip with a comment', Buffer.concat([commented, DEFLATED, TRAILER]))
]

const raw = (deflated: string | Buffer) => Buffer.concat([PLAIN_HEADER, typeof deflated === 'string' ? Buffer.from(deflated.replaceAll(' ', ''), 'hex') : deflated, Buffer.alloc(8)])
const streams: FileCase[] = [
  unreadable('a wrong CRC', patched(GOOD, -8, 1, 2, 3, 4), /the checksum of the content is wrong/),
  unreadable('a wrong ISIZE', patched(GOOD, -4, 1, 0, 0, 0), /the size of the content is wrong/),
  unreadable('a trailer of zeros', patched(GOOD, -8, 0, 0, 0, 0, 0, 0, 0, 0), /checksum/),
  unreadable('a flipped bit in the middle', patched(GOOD, GOOD.length >> 1, GOOD[GOOD.length >> 1]! ^ 0x10), /./),
  unreadable('a block of type 3', raw('07 00'), /invalid block type/),
  unreadable('a stored block whose lengths disagree', raw('01 05 00 00 00'), /invalid stored block lengths/),
  unreadable('a match from before the beginning', raw('4b 04 00 00'), /distance|./),
  unreadable('code lengths that do not add up', raw('04 00 fe ff'), /invalid/),
  unreadable('zeros after the header', raw(Buffer.alloc(4096)), /invalid stored block lengths|./),
  unreadable('noise after the header', raw(contentOf('noise', 4096, 3)), /./),
  unreadable('a zlib stream', deflateSync(FILE), /not a gzip member/),
  unreadable('a raw DEFLATE stream', DEFLATED, /not a gzip member/),
  unreadable('a plain NIfTI named as gzip', FILE, /not a gzip member/),
  unreadable('zstd named as gzip', Buffer.from('28b52ffd2400010000', 'hex'), /not a gzip member/),
  unreadable('bzip2 named as gzip', Buffer.from('BZh91AY&SY'), /not a gzip member/),
  unreadable('a pointer of git lfs', Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n'), /not a gzip member/),
  unreadable('a page that says 404', Buffer.from('<!doctype html><title>404</title>'), /not a gzip member/),
  unreadable('gzip of gzip', gzipSync(GOOD), /sizeof_hdr is/),
  unreadable('gzip of text', gzipSync('not a volume at all'.repeat(40)), /sizeof_hdr is/),
  { name: 'gzip named as nii', extension: '.nii', image: GOOD, status: 'unreadable', problem: /sizeof_hdr is/ },
  { name: 'DICOM named as nii', extension: '.nii', image: Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), Buffer.alloc(500)]), status: 'unreadable', problem: /sizeof_hdr is 0/ },
  { name: 'PNG named as nii', extension: '.nii', image: Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), status: 'unreadable', problem: /sizeof_hdr is/ }
]

const [FIRST, SECOND] = [FILE.subarray(0, 5000), FILE.subarray(5000)]
const members: FileCase[] = [
  ready('garbage after the end', Buffer.concat([GOOD, Buffer.from('garbage')]), [/^image: 7 bytes after the end of the gzip stream are ignored/]),
  ready('a block of zeros after the end', Buffer.concat([GOOD, Buffer.alloc(512)]), [/512 bytes after the end/]),
  ready('half a magic after the end', Buffer.concat([GOOD, Buffer.from([0x1f])]), [/1 bytes after the end/]),
  unreadable('only a magic after the end', Buffer.concat([GOOD, Buffer.from([0x1f, 0x8b])]), CUT),
  unreadable('a second member cut short', Buffer.concat([member(FIRST), member(SECOND).subarray(0, -20)]), CUT),
  unreadable('a second member with a wrong CRC', Buffer.concat([member(FIRST), patched(member(SECOND), -8, 9)]), /checksum of the content/),
  unreadable('a second member of method 9', Buffer.concat([member(FIRST), patched(member(SECOND), 2, 9)]), /unknown compression method 9/),
  unreadable('a second member left out', member(FIRST), /ends in slab 2 of 16/),
  unreadable('a needless second member with a wrong size', Buffer.concat([GOOD, patched(member(Buffer.from('x')), -4, 9)]), /size of the content/),
  ready('members that change within a slab', Buffer.concat([member(FIRST), member(SECOND)])),
  ready('a member for each slab', Buffer.concat([member(FILE.subarray(0, 352)), ...Array.from({ length: 16 }, (_, k) => member(VOXELS.subarray(k * 2048, (k + 1) * 2048)))])),
  ready('empty members before, between and behind', Buffer.concat([member(Buffer.alloc(0)), member(FIRST), member(Buffer.alloc(0)), member(SECOND), member(Buffer.alloc(0))])),
  ready('a second volume behind the first', Buffer.concat([GOOD, GOOD]))
]

const encodings: FileCase[] = [
  ready('stored blocks only', member(FILE, { level: 0 })),
  ready('fixed codes only', member(FILE, { strategy: constants.Z_FIXED })),
  ready('Huffman codes without matches', member(FILE, { strategy: constants.Z_HUFFMAN_ONLY })),
  ready('a window of 512 bytes', member(FILE, { windowBits: 9 })),
  ready('content behind the last voxel', gzipSync(Buffer.concat([FILE, Buffer.alloc(MIB)])))
]

/** A sound gzip stream whose end would come after this many zeros. */
function zerosAfter (header: Buffer, bytes: number): Buffer {
  return gzipSync(Buffer.concat([header, Buffer.alloc(bytes)]), { level: 9, memLevel: 9 })
}

const claims = (shape: readonly number[], version: 1 | 2 = 1) => makeNifti({ version, fields: { dim: [3, ...shape, 1, 1, 1, 1] } }).subarray(0, version === 1 ? 352 : 544)
/** An empty stored block, not the last: five bytes that give nothing. */
const EMPTY_BLOCKS = (count: number) => Buffer.alloc(count * 5, Buffer.from('000000ffff', 'hex'))
/** A stored block of one byte. */
const byteBlocks = (bytes: Buffer) => Buffer.concat([...bytes].map((byte) => Buffer.from([0, 1, 0, 0xfe, 0xff, byte])))

export const bombs: FileCase[] = [
  unreadable('zeros without end that are no volume', zerosAfter(Buffer.alloc(0), 64 * MIB), /sizeof_hdr is 0/),
  unreadable('a small volume in zeros without end', zerosAfter(claims([2, 2, 2]), 48 * MIB), /more than \d+ bytes of content/),
  unreadable('2 GiB promised and 32 MiB given', zerosAfter(claims([1024, 1024, 1024]), 32 * MIB), /ends in slab 16 of 1024/),
  unreadable('2 GiB promised and nothing given', gzipSync(claims([1024, 1024, 1024])), /ends in slab 0 of 1024: its header promises 2147483648 bytes/),
  unreadable('a slab of 256 MiB promised', gzipSync(claims([16384, 8192, 8])), /ends in slab 0 of 8/),
  unreadable('32767 slabs promised', gzipSync(claims([1, 1, 32767])), /ends in slab 0 of 32767/),
  unreadable('a k of two thousand million', gzipSync(claims([1, 1, 1e9], 2)), /dim\[3\] is 1000000000; sizes up to/),
  unreadable('a vox_offset in zeros without end', zerosAfter(makeNifti({ fields: { vox_offset: 16 * MIB } }).subarray(0, 352), 48 * MIB), /more than \d+ bytes of content/),
  unreadable('empty blocks without end before the header', raw(EMPTY_BLOCKS(400_000)), /./),
  unreadable('empty blocks without end after the header', raw(Buffer.concat([byteBlocks(FILE.subarray(0, 600)), EMPTY_BLOCKS(400_000)])), /./),
  unreadable('empty members without end', Buffer.concat(Array<Buffer>(200_000).fill(member(Buffer.alloc(0)))), /0 bytes, which is too short/),
  { name: 'a blank plain file of 64 GiB', extension: '.nii', image: sparse(Buffer.alloc(0), 64 * 2 ** 30), status: 'unreadable', problem: /sizeof_hdr is 0/ },
  { name: 'a small volume in a plain file of 64 GiB', extension: '.nii', image: sparse(makeNifti(), 64 * 2 ** 30), status: 'unreadable', problem: /more than \d+ bytes/ }
]

/** A file that begins with these bytes and takes no more room on the disk. */
function sparse (start: Buffer, bytes: number): Placed {
  return (path) => {
    writeFileSync(path, start)
    truncateSync(path, bytes)
  }
}

export const gzipCases: FileCase[] = [...truncations, ...headers, ...streams, ...members, ...encodings, ...bombs]
