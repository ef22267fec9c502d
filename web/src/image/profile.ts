/** What the API says of an axial slice (`GET /v1/studies/{id}/slices`), as far as it is drawn. */
export interface SliceFacts { readonly index: number, readonly lungFraction: number | null, readonly lesionPixels: number | null }

/** One bar of the profile beside the slices, each share 0 to 1 of the largest of the study. */
export interface ProfileBar { readonly lung: number, readonly lesion: number }

/** The lung and lesion profile of a study, in order of index; what is not known is 0. */
export function profileOf (slices: readonly SliceFacts[]): ProfileBar[] {
  const most = (values: number[]) => Math.max(...values, 0) || 1
  const lung = slices.map(({ lungFraction }) => lungFraction ?? 0)
  const lesion = slices.map(({ lesionPixels }) => lesionPixels ?? 0)
  const [mostLung, mostLesion] = [most(lung), most(lesion)]
  return slices.map((_, n) => ({ lung: lung[n]! / mostLung, lesion: lesion[n]! / mostLesion }))
}

/** A slice counts as lung where the share of its lung pixels is at least this part of the study's largest. */
const LUNG_EDGE = 0.1

/** The first and last axial slice with lung; undefined where none is known. */
export function lungExtent (slices: readonly SliceFacts[]): readonly [first: number, last: number] | undefined {
  const most = Math.max(...slices.map(({ lungFraction }) => lungFraction ?? 0), 0)
  if (most === 0) return undefined
  const inside = slices.filter(({ lungFraction }) => (lungFraction ?? 0) >= most * LUNG_EDGE)
  return [inside[0]!.index, inside.at(-1)!.index]
}

/** The nearest slice with lesion after `index`, or before it (`step` -1); undefined where there is none. */
export function nextLesion (lesionSlices: readonly number[], index: number, step: 1 | -1): number | undefined {
  const ahead = lesionSlices.filter((slice) => (slice - index) * step > 0)
  return ahead.length === 0 ? undefined : step > 0 ? Math.min(...ahead) : Math.max(...ahead)
}

/** The slice to begin with: most lesion, else most lung, else the middle. */
export function tellingSlice (slices: readonly SliceFacts[], count: number): number {
  const best = (amount: (slice: SliceFacts) => number) =>
    slices.reduce<SliceFacts | undefined>((found, slice) => amount(slice) > (found === undefined ? 0 : amount(found)) ? slice : found, undefined)
  const telling = best(({ lesionPixels }) => lesionPixels ?? 0) ?? best(({ lungFraction }) => lungFraction ?? 0)
  return telling?.index ?? Math.floor(count / 2)
}

/**
 * Voxels of a label map that are not 0, slice by slice along each stored axis.
 *
 * @param labels ni * nj * nk values, i fastest
 */
export function labelCounts (labels: Uint8Array, [ni, nj, nk]: readonly [number, number, number]): readonly [Uint32Array, Uint32Array, Uint32Array] {
  const counts = [new Uint32Array(ni), new Uint32Array(nj), new Uint32Array(nk)] as const
  for (let row = 0; row < nj * nk; row++) {
    const start = row * ni
    const end = start + ni
    let inRow = 0
    for (let n = start; n < end; n++) {
      if (labels[n] === 0) continue
      counts[0][n - start]!++
      inRow++
    }
    counts[1][row % nj]! += inRow
    counts[2][Math.floor(row / nj)]! += inRow
  }
  return counts
}
