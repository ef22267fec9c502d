import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { sayLoaded } from '../threads/loaded.js'
import { demoLabels, demoLayout, type DemoLayoutName } from './demo-layouts.js'
import type { DemoStudy } from './demo-plan.js'
import { niftiFile } from './nifti-file.js'
import { makePhantomStudy } from './phantom.js'

export interface PhantomTask { root: string, study: DemoStudy, layout: DemoLayoutName }

/** Runs in a thread: makes one study of the demo dataset and writes its files below `root`. */
export default async function writeStudy ({ root, study, layout }: PhantomTask): Promise<void> {
  const { seed, category, slices, pixel } = study
  const { shape, spacing, image, mask, lung } = makePhantomStudy({ seed, category, shape: [512, 512, slices], spacing: [pixel, pixel, 8] })
  const facts = {
    shape,
    spacing,
    // The scanner's axis goes through the middle of the picture; the couch has a slightly different position each time.
    origin: [255.5 * pixel, -255.5 * pixel, -820 - 8 * slices + seed % 7] as const,
    description: `niiserve demo: synthetic, seed ${seed}`
  }
  const files = demoLayout(layout).files(study)
  await write(join(root, files.image), gzip(niftiFile(facts, image)))
  for (const { path, holds } of files.labels) await write(join(root, path), gzip(niftiFile(facts, demoLabels(holds, shape, lung, mask))))
}

async function write (path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, bytes)
}

/** Level 6, like the files of MosMedData. zlib writes no time; the byte for the operating system is fixed here. */
function gzip (bytes: Uint8Array): Buffer {
  const packed = gzipSync(bytes, { level: 6 })
  packed[9] = 255 // RFC 1952, OS: unknown
  return packed
}

sayLoaded()
