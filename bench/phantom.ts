import { randomFrom } from './random.js'

/** A table of Gaussian noise of deviation 1: voxels draw from it, which costs less than making each anew. */
const NOISE = gaussians(1 << 16)

/** HU and noise of what a chest is made of. The noise is what decides how small the file packs. */
const OUTSIDE = -2048
const AIR = { hu: -1000, noise: 16 }
const TISSUE = { hu: 40, noise: 42 }
const LUNG = { hu: -820, noise: 70 }
const BONE = { hu: 550, noise: 60 }
const LESION = { hu: -450, noise: 90 }

/**
 * A chest for the bench: a round field of view, a body, two lungs, a spine, in some lungs a lesion. It packs
 * to about half its size with gzip level 6, and its blocks are about as long, as those of a thin-noise CT.
 *
 * @returns image (HU) and mask (0 or 1; undefined without a lesion), i fastest, then j, then k; LAS order
 */
export function phantom (shape: readonly [number, number, number], seed: number, lesion: boolean):
{ image: Int16Array, mask: Int16Array | undefined } {
  const [columns, rows, slices] = shape
  const random = randomFrom(seed)
  const image = new Int16Array(columns * rows * slices)
  const mask = lesion ? new Int16Array(image.length) : undefined
  const girth = 0.86 + 0.1 * random()
  let voxel = 0
  for (let k = 0; k < slices; k++) {
    const height = (k + 0.5) / slices
    const lung = 0.42 * Math.sqrt(Math.max(0.02, 1 - (1.7 * height - 0.85) ** 2))
    for (let j = 0; j < rows; j++) {
      const y = (j + 0.5) / rows * 2 - 1
      for (let i = 0; i < columns; i++, voxel++) {
        const x = (i + 0.5) / columns * 2 - 1
        if (x * x + y * y > 1) { image[voxel] = OUTSIDE; continue }
        const inLesion = lesion && inside(Math.abs(x) - 0.4, y + 0.3, height * 2 - 0.8, 0.16, 0.14, 0.5)
        const matter = inLesion ? LESION : matterAt(x, y, lung, girth)
        if (inLesion && mask !== undefined) mask[voxel] = 1
        image[voxel] = matter.hu + matter.noise * (NOISE[random() * NOISE.length | 0] ?? 0)
      }
    }
  }
  return { image, mask }
}

function matterAt (x: number, y: number, lung: number, girth: number): { hu: number, noise: number } {
  if (!inside(x, y, 0, girth, girth * 0.72, 1)) return AIR
  if (inside(Math.abs(x) - 0.4, y, 0, lung * 0.75, lung, 1)) return LUNG
  if (inside(x, y + 0.45, 0, 0.1, 0.1, 1)) return BONE
  return TISSUE
}

function inside (x: number, y: number, z: number, a: number, b: number, c: number): boolean {
  return (x / a) ** 2 + (y / b) ** 2 + (z / c) ** 2 < 1
}

function gaussians (count: number): Float32Array {
  const random = randomFrom(1)
  return Float32Array.from({ length: count }, () =>
    Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()))
}
