import type { SpaceNoise } from './noise.js'
import type { Random } from './random.js'

/** The five categories of MosMedData, by the share of lung parenchyma involved. */
export type Category = 'CT-0' | 'CT-1' | 'CT-2' | 'CT-3' | 'CT-4'

interface Severity {
  /** lowest and highest share of the lung voxels that become lesion */
  involved: readonly [number, number]
  /** share of the lung voxels that become consolidated */
  consolidated: number
  /** number of separate patches; with fewer patches, each is rounder */
  patches: number
  /** how much the disease follows the pleura, the back and the base, instead of single patches */
  diffuse: number
  /** strength of crazy paving, HU */
  paving: number
}

/** Brackets: none, below 25 %, 25-50 %, 50-75 %, above 75 % (README of MosMedData); our aims stay away from their edges. */
const SEVERITY: Record<Category, Severity> = {
  'CT-0': { involved: [0, 0], consolidated: 0, patches: 0, diffuse: 0, paving: 0 },
  'CT-1': { involved: [0.02, 0.1], consolidated: 0.002, patches: 11, diffuse: 0.25, paving: 18 },
  'CT-2': { involved: [0.31, 0.42], consolidated: 0.02, patches: 22, diffuse: 0.6, paving: 26 },
  'CT-3': { involved: [0.57, 0.67], consolidated: 0.09, patches: 26, diffuse: 0.9, paving: 36 },
  'CT-4': { involved: [0.81, 0.87], consolidated: 0.22, patches: 26, diffuse: 1, paving: 40 }
}

/** A node of the coarse grid that lies in a lung, or just outside (`within` is then false). */
export interface LungNode {
  /** standard mm */
  x: number
  y: number
  z: number
  /** mm to the outer wall of the chest */
  depth: number
  within: boolean
  slice: number
  node: number
}

/**
 * Where the lung is ill: for each slice a coarse field, positive in the lesion, zero at its edge and about 1 in its
 * centre; the same for consolidation. Slices without a field are healthy.
 */
export interface Lesions { opacity: Float32Array[], consolidation: Float32Array[], paving: number }

/** Place lesions in a lung so that they cover the category's share of its nodes. */
export function makeLesions (category: Category, lung: readonly LungNode[], slices: number, nodes: number, noise: SpaceNoise, random: Random): Lesions {
  const severity = SEVERITY[category]
  const blank = () => Array.from({ length: slices }, () => new Float32Array(nodes).fill(-1))
  const lesions: Lesions = { opacity: blank(), consolidation: blank(), paving: severity.paving }
  if (severity.patches === 0 || !lung.some(({ within }) => within)) return lesions
  const leaning = score(lung, ({ x, y, z, depth }) =>
    0.9 * Math.max(0, 1 - depth / 38) - 0.006 * y - 0.0045 * z + 0.7 * noise.fractal(x / 38, y / 38, z / 38))
  const patches = choosePatches(severity, lung, leaning, random)
  const opacity = score(lung, ({ x, y, z }, n) => {
    const edge = noise.fractal(x / 19 + 9, y / 19, z / 19)
    return patchAt(patches, x, y, z) * (1.3 - severity.diffuse) + leaning[n]! * severity.diffuse + 0.42 * edge
  })
  const dense = score(lung, ({ x, y, z }, n) =>
    opacity[n]! - 0.006 * y - 0.003 * z + 0.5 * noise.fractal(x / 16, y / 16 + 4, z / 16))
  place(lesions.opacity, lung, opacity, random.between(...severity.involved))
  place(lesions.consolidation, lung, dense, severity.consolidated)
  return lesions
}

function score (lung: readonly LungNode[], rule: (node: LungNode, n: number) => number): Float32Array {
  const scores = new Float32Array(lung.length)
  for (const [n, node] of lung.entries()) scores[n] = rule(node, n)
  return scores
}

interface Patch { centre: LungNode, radius: number }

/** Choose centres of patches where the disease is likely: under the pleura, at the back, at the base. */
function choosePatches ({ patches }: Severity, lung: readonly LungNode[], leaning: Float32Array, random: Random): Patch[] {
  return Array.from({ length: patches }, () => {
    let best = random.below(lung.length)
    for (let draw = 0; draw < 5; draw++) {
      const other = random.below(lung.length)
      if (leaning[other]! > leaning[best]!) best = other
    }
    return { centre: lung[best]!, radius: random.between(12, 32) }
  })
}

function patchAt (patches: readonly Patch[], x: number, y: number, z: number): number {
  let most = -1
  for (const { centre, radius } of patches) {
    const near = 1 - Math.sqrt((x - centre.x) ** 2 + (y - centre.y) ** 2 + (z - centre.z) ** 2) / radius
    if (near > most) most = near
  }
  return most
}

/** Write scores into the fields, shifted so that `share` of those inside the lung are above zero. */
function place (fields: readonly Float32Array[], lung: readonly LungNode[], scores: Float32Array, share: number): void {
  const ordered = scores.filter((_, n) => lung[n]!.within).sort()
  const threshold = ordered[Math.min(ordered.length - 1, Math.floor((1 - share) * ordered.length))]!
  for (const [n, { slice, node }] of lung.entries()) fields[slice]![node] = scores[n]! - threshold
}
