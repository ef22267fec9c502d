import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { makeNifti } from '../support/make-nifti.js'
import type { FileCase } from './file-case.js'

const FILE = makeNifti()
const GOOD = gzipSync(FILE)
const VOXELS = FILE.subarray(352)

const asRoot = process.getuid?.() === 0

/** What stands where a file should, and links to it. */
export const placeCases: FileCase[] = [
  { name: 'no file', image: null, status: 'missing', problem: /is not there/ },
  { name: 'an empty file', image: Buffer.alloc(0), status: 'unreadable', problem: /ends within a gzip member/ },
  { name: 'a folder', image: (path) => mkdirSync(path), status: 'unreadable', problem: /is a folder, not a file/ },
  { name: 'a FIFO', image: (path) => execFileSync('mkfifo', [path]), status: 'unreadable', problem: /is a FIFO, not a file/ },
  {
    name: 'a socket',
    // Whoever listens may go: what a socket leaves behind in the folder stays.
    image: (path) => execFileSync(process.execPath, ['-e', 'require("net").createServer().listen(process.argv[1], () => process.exit())', basename(path)], { cwd: dirname(path), env: {} }),
    status: 'unreadable',
    problem: /is a socket, not a file/
  },
  { name: 'a device', image: (path) => execFileSync('mknod', [path, 'c', '1', '5']), status: 'unreadable', problem: /is a device, not a file/, skip: !asRoot && 'only root makes devices' },
  { name: 'a file closed to us', image: (path) => { writeFileSync(path, GOOD); chmodSync(path, 0) }, status: 'unreadable', problem: /the system answers EACCES/, skip: asRoot && 'root reads everything' },
  { name: 'a dangling link', image: (path) => symlinkSync('nowhere.nii.gz', path), status: 'missing', problem: /is not there/ },
  { name: 'a link to itself', image: (path) => symlinkSync(basename(path), path), status: 'missing', problem: /is not there/ },
  {
    name: 'a link inside the root',
    image: (path) => { writeFileSync(`${path}.target`, GOOD); symlinkSync(`${basename(path)}.target`, path) },
    status: 'ready',
    voxels: VOXELS
  },
  {
    name: 'a link out of the root',
    image: (path, beside) => { writeFileSync(join(beside, 'secret.nii.gz'), GOOD); symlinkSync(join(beside, 'secret.nii.gz'), path) },
    status: 'missing',
    fault: /leads outside the data root/
  },
  { name: 'a link to the password file', image: (path) => symlinkSync('/etc/passwd', path), status: 'missing', fault: /leads outside the data root/ },
  { name: 'a link to memory', image: (path) => symlinkSync('/proc/self/mem', path), status: 'missing', fault: /leads outside the data root/ },
  { name: 'a link to endless zeros', image: (path) => symlinkSync('/dev/zero', path), status: 'missing', fault: /leads outside the data root/ },
  {
    name: 'a mask behind a link out of the root',
    image: GOOD,
    mask: (path, beside) => { writeFileSync(join(beside, 'mask.nii.gz'), GOOD); symlinkSync(join(beside, 'mask.nii.gz'), path) },
    status: 'ready',
    voxels: VOXELS,
    fault: /mask_file: .* leads outside the data root/
  }
]
