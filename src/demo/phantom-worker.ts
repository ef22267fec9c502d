import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { sayLoaded } from '../threads/loaded.js'
import { maskFile, studyFile, type DemoStudy } from './demo-plan.js'
import { niftiFile } from './nifti-file.js'
import { makePhantomStudy } from './phantom.js'

export interface PhantomTask { root: string, study: DemoStudy }

/** Runs in a thread: makes one study of the demo dataset and writes its files below `root`. */
export default async function writeStudy ({ root, study }: PhantomTask): Promise<void> {
  const { seed, category, slices, pixel, annotated } = study
  const { shape, spacing, image, mask } = makePhantomStudy({ seed, category, shape: [512, 512, slices], spacing: [pixel, pixel, 8] })
  const facts = {
    shape,
    spacing,
    // The scanner's axis runs through the middle of the picture; the couch stands a little different each time.
    origin: [255.5 * pixel, -255.5 * pixel, -820 - 8 * slices + seed % 7] as const,
    description: `niiserve demo: synthetic, seed ${seed}`
  }
  await writeFile(join(root, studyFile(study)), gzip(niftiFile(facts, image)))
  if (annotated) await writeFile(join(root, maskFile(study)), gzip(niftiFile(facts, mask)))
}

/** Level 6, as the dataset's own files; zlib writes no time, and the byte for the system is fixed here. */
function gzip (bytes: Uint8Array): Buffer {
  const packed = gzipSync(bytes, { level: 6 })
  packed[9] = 255 // RFC 1952, OS: unknown
  return packed
}

sayLoaded()
