import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Bytes of a file, or an action that puts something else at its path; `beside` is a folder outside the data root. */
export type Placed = Uint8Array | ((path: string, beside: string) => void)

/** One study whose image or mask is broken in one way, and what must become of it. */
export interface FileCase {
  /** what is the matter; spelled as an id it names the study */
  name: string
  image: Placed | null
  mask?: Placed | null
  /** of both files; `.nii.gz` */
  extension?: '.nii' | '.nii.gz'
  status: 'ready' | 'missing' | 'unreadable'
  /** the problem, where the study is not ready */
  problem?: RegExp
  /** every warning, in order; none unless said */
  warnings?: RegExp[]
  /** its pictures as a radiologist sees them are `orientation-unknown` */
  hasNoDirection?: boolean
  /** all voxels of a ready image, as the file stores them, little-endian */
  voxels?: Uint8Array
  /** what the mask's routes answer: the voxels, or a problem's slug */
  maskAnswer?: Uint8Array | 'volume-missing' | 'volume-unreadable'
  /** the row of the registry is refused for this, and there is no study */
  fault?: RegExp
  /** why it cannot be made here */
  skip?: string | false
}

export function studyIdOf (name: string): string {
  return name.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-|-$/g, '')
}

/** Put a file, or whatever stands for one, at a path. */
export function place (what: Placed, path: string, beside: string): void {
  mkdirSync(dirname(path), { recursive: true })
  if (typeof what === 'function') what(path, beside)
  else writeFileSync(path, what)
}
