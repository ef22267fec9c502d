import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { Dataset } from '../dataset.js'
import { niftiFile, VOXEL_OFFSET } from '../nifti-file.js'
import { serve, SMALL_CACHE_BYTES } from '../niiserve.js'
import { cpuSeconds, pssBytes } from '../process-tree.js'
import type { Scenario } from '../scenario.js'
import { median } from '../stats.js'

const SCORES_A_ROUND = 3
const SAMPLE_MS = 20
const MIB = 1024 * 1024

/** How far the prediction is off, in voxels along i, j, k. */
const OFF = [4, -3, 1] as const
/** Invented lesions: their distance along i and j, that along k, and their radius, in voxels. */
const INVENTED = { apart: 32, slices: 4, radius: 4 } as const

/** A predicted mask of full size against the dataset's own: lesions off by millimetres, and invented ones all over the volume, so that its box is the whole. */
export const maskScore: Scenario = {
  name: 'mask-score',
  title: 'scores of a mask of 512 × 512 × 46',
  async run (bench) {
    const dataset = await bench.maskSize()
    const [study] = dataset.studies
    const body = await prediction(dataset, study!.id)
    const { port, pid } = await serve(dataset, SMALL_CACHE_BYTES)
    const score = async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/v1/studies/${study!.id}/mask/scores.json`, { method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body })
      if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`)
      return await answer.json() as { dice: number, lesions: { falsePositives: number } }
    }
    const before = pssBytes(pid)
    let highest = before
    const sampler = setInterval(() => { highest = Math.max(highest, pssBytes(pid)) }, SAMPLE_MS)
    const [cpu, wall]: [number[], number[]] = [[], []]
    let seen = await score()
    const scores = Math.max(1, Math.round(SCORES_A_ROUND * bench.scale))
    for (let round = 0; round < bench.rounds; round++) {
      const [cpuBefore, begin] = [cpuSeconds(pid), performance.now()]
      for (let n = 0; n < scores; n++) seen = await score()
      cpu.push((cpuSeconds(pid) - cpuBefore) / scores)
      wall.push((performance.now() - begin) / 1000 / scores)
    }
    clearInterval(sampler)
    return [
      {
        what: 'score of a mask of 512 × 512 × 46: CPU time of the server',
        unit: 's',
        better: 'less',
        ours: cpu,
        least: 1.5,
        meant: 1.2,
        note: `${median(wall).toFixed(2)} s from request to answer; Dice ${seen.dice.toFixed(3)}, ${seen.lesions.falsePositives} lesions invented`
      },
      { what: 'PSS at its highest meanwhile, above that of the idle server', unit: 'MB', better: 'less', ours: [(highest - before) / MIB], least: 300 }
    ]
  }
}

/** The study's own mask, off by `OFF`, with `INVENTED` lesions, as `.nii.gz`. */
async function prediction ({ root, shape }: Dataset, study: string): Promise<Buffer> {
  const file = gunzipSync(await readFile(join(root, 'masks', `${study}_mask.nii.gz`)))
  const mask = new Int16Array(file.buffer.slice(file.byteOffset + VOXEL_OFFSET, file.byteOffset + file.length))
  const [ni, nj, nk] = shape
  const { apart, slices, radius } = INVENTED
  const off = (value: number, step: number) => value % step - step / 2
  const voxels = new Int16Array(mask.length)
  for (let k = 0, at = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++) {
      for (let i = 0; i < ni; i++, at++) {
        const [fromI, fromJ, fromK] = [i - OFF[0], j - OFF[1], k - OFF[2]]
        const isInside = fromI >= 0 && fromJ >= 0 && fromK >= 0 && fromI < ni && fromJ < nj && fromK < nk
        const isInvented = k % slices < 2 && off(i, apart) ** 2 + off(j, apart) ** 2 < radius ** 2
        voxels[at] = isInvented || (isInside && mask[fromI + ni * (fromJ + nj * fromK)] === 1) ? 1 : 0
      }
    }
  }
  return gzipSync(niftiFile(shape, voxels))
}
