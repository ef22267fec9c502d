import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { makeDemoDataset } from '../../src/demo/dataset.js'
import { makeNifti } from '../support/make-nifti.js'
import { runPython } from '../support/python.js'
import { buildTestApp, type TestApp } from '../support/test-app.js'
import type { MadeStudy } from '../support/test-dataset.js'

const PYTHON = process.env['NIISERVE_TRAINING_PYTHON'] ?? '.niiserve/training-venv/bin/python'
const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url))
const skip = existsSync(PYTHON) ? false : 'there is no Python with torch: apt install python3-torch'

/** The server of a test, and how it is closed: in a hook, because skipped tests start none. */
function serverOf (options: Parameters<typeof buildTestApp>[1]): { readonly app: TestApp } {
  const closes: (() => unknown)[] = []
  let app: TestApp
  before(async () => { app = await buildTestApp({ after: (clean) => { closes.unshift(clean) } }, options) })
  after(async () => { for (const close of closes) await close() })
  return { get app () { return app } }
}

// Types, byte orders, scalings and orientations that the libraries must agree on.
const lesion = { datatype: 'uint8', voxels: (i: number, j: number, k: number) => (i * j + k) % 3 === 0 ? 1 : 0 } as const
const noise = (scale: number) => (i: number, j: number, k: number) => Math.round(Math.sin(i * 12.9 + j * 78.2 + k * 37.7) * scale)
const SHAPE = [20, 16, 9]
/** i to superior, j to the left, k to posterior. */
const TURNED = [[0, -1, 0, 0], [0, 0, -2, 0], [3, 0, 0, 0]]
const STUDIES: MadeStudy[] = [
  { category: 'CT-0', image: { shape: SHAPE, voxels: noise(1000), pixdim: [0.7, 0.7, 8] }, mask: { shape: SHAPE, ...lesion } },
  { category: 'CT-0', image: { shape: SHAPE, voxels: noise(1000), pixdim: [0.6, 0.6, 5] } },
  { category: 'CT-1', image: { shape: SHAPE, voxels: noise(1000), littleEndian: false }, mask: { shape: SHAPE, ...lesion } },
  { category: 'CT-1', image: { shape: SHAPE, voxels: noise(1000), slope: 0.5, inter: -1024 } },
  { category: 'CT-1', image: { shape: SHAPE, datatype: 'float32', voxels: noise(30000) }, suffix: 'nii' },
  { category: 'CT-2', image: { shape: SHAPE, datatype: 'uint8', voxels: (i, j, k) => (i * 7 + j * 3 + k) % 256 } },
  { category: 'CT-3', image: { shape: [9, 16, 20], voxels: noise(900), sform: TURNED }, mask: { shape: [9, 16, 20], ...lesion, sform: TURNED } }
]

describe('what training reads, by the libraries it is made for, against nibabel', { skip }, () => {
  const server = serverOf({ studies: STUDIES, config: { decodeThreads: 2 } })

  it('torch, safetensors, numpy, webdataset, zarr, dask and tensorstore read the same arrays; Python makes the same splits', async () => {
    const { dataset, origin } = server.app
    const studies = STUDIES.map(({ category, mask }, n) => {
      const id = `study_${String(n + 1).padStart(4, '0')}`
      return { id, category, image: dataset.image(id), mask: mask === undefined ? null : dataset.mask(id) }
    })
    const script = fileURLToPath(new URL('training_oracle.py', import.meta.url))
    const compared = await runPython(script, { origin, examples: EXAMPLES, studies }, PYTHON) as Record<string, number>
    // 9 axial slices of each of 7 studies, image and mask
    assert.equal(compared['webdataset'], 9 * 7 * 2)
    assert.deepEqual([compared['zarr'], compared['dask'], compared['tensorstore'], compared['splits']], [7 + 3, 7, 7 + 3, 80])
    assert.equal(compared['boxes'], 7 * 8 + 3 * 8)
    for (const name of ['safetensors', 'npz', 'torch', 'raw']) assert.ok(compared[name]! > 9, `${name}: ${compared[name]}`)
  })
})

describe('examples/pytorch_slices.py', { skip }, () => {
  // Each voxel says which slice it is of: study * 100 + index. Eleven slices do not divide by four shards.
  const server = serverOf({ studies: [4, 4, 3].map((slices, n) => ({ image: { shape: [8, 8, slices], voxels: (_i: number, _j: number, k: number) => (n + 1) * 100 + k } })) })
  const all = [[1, 4], [2, 4], [3, 3]].flatMap(([study, slices]) => Array.from({ length: slices! }, (_, k) => study! * 100 + k))
  const sha = (text: string) => createHash('sha256').update(text).digest('hex')
  /** The order of an epoch of seed 3 by the rule of the contract, and the shard of a worker. */
  const shardOf = (epoch: number, shard: number, shards: number) => {
    const seed = epoch === 0 ? '3' : `3.${epoch}`
    const nameOf = (value: number) => `${seed}:study_000${Math.floor(value / 100)}:${value % 100}`
    return [...all].sort((a, b) => sha(nameOf(a)) < sha(nameOf(b)) ? -1 : 1).filter((_, n) => n % shards === shard)
  }
  const sorted = (values: number[]) => [...values].sort((a, b) => a - b)

  it('gives every slice once an epoch, in another order each time, with workers and with ranks', async () => {
    const script = fileURLToPath(new URL('loader_epochs.py', import.meta.url))
    const { alone, ranks, resumed } = await runPython(script, { origin: server.app.origin, examples: EXAMPLES }, PYTHON) as { alone: number[][], ranks: number[][][], resumed: number[][] }
    for (const epoch of [0, 1, 2]) {
      assert.deepEqual(sorted(alone[epoch]!), all)
      // Batches of two workers take turns: the first four of each are the first four of its shard.
      assert.deepEqual(alone[epoch]!.slice(0, 8), [...shardOf(epoch, 0, 2).slice(0, 4), ...shardOf(epoch, 1, 2).slice(0, 4)])
      // Two ranks of two workers: four shards, each cut to floor(11 / 4) slices.
      for (const rank of [0, 1]) {
        assert.deepEqual(sorted(ranks[rank]![epoch]!), sorted([...shardOf(epoch, 2 * rank, 4).slice(0, 2), ...shardOf(epoch, 2 * rank + 1, 4).slice(0, 2)]))
      }
    }
    assert.equal(new Set(alone.map((epoch) => epoch.join())).size, 3, 'three epochs, three orders')
    assert.deepEqual(resumed, [alone[2], alone[0], alone[1]], 'set_epoch names the order')
  })
})

describe('examples/train_labels.py', { skip }, () => {
  it('learns two labels of one set', async (t) => {
    const root = mkdtempSync(join(tmpdir(), 'niiserve-labels-'))
    t.after(() => rmSync(root, { recursive: true }))
    // Two organs of 32 x 32 x 12 voxels that differ in HU: one in the left half, one in the right.
    const shape = [32, 32, 12]
    const organ = (i: number, j: number) => (i - 9) ** 2 + (j - 16) ** 2 < 30 ? 1 : (i - 23) ** 2 + (j - 16) ** 2 < 40 ? 2 : 0
    const geometry = { shape, sform: [[-1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]], pixdim: [1, 1, 1], gzip: true }
    for (const folder of ['imagesTr', 'labelsTr']) mkdirSync(join(root, folder))
    writeFileSync(join(root, 'dataset.json'), JSON.stringify({ channel_names: { 0: 'CT' }, labels: { background: 0, liver: 1, spleen: 2 }, file_ending: '.nii.gz' }))
    for (const id of ['a', 'b']) {
      writeFileSync(join(root, 'imagesTr', `${id}_0000.nii.gz`), makeNifti({ ...geometry, voxels: (i, j, k) => [-900, 60, 220][organ(i, j)]! + (i * 7 + j * 3 + k) % 20 }))
      writeFileSync(join(root, 'labelsTr', `${id}.nii.gz`), makeNifti({ ...geometry, datatype: 'uint8', voxels: organ }))
    }
    const { origin } = await buildTestApp(t, { root })
    const { stdout } = await promisify(execFile)(PYTHON, [join(EXAMPLES, 'train_labels.py'), origin, 'liver', 'spleen', '--epochs', '30', '--size', '32x32'])
    const found = [...stdout.matchAll(/^(\w+): Dice ([\d.]+)/gm)].map(([, name, dice]) => [name, Number(dice)] as const)
    assert.deepEqual(found.map(([name]) => name), ['liver', 'spleen'])
    for (const [name, dice] of found) assert.ok(dice > 0.9, `${name}: ${dice}`)
  })
})

describe('the examples, as pasted, on the demo dataset', { skip }, () => {
  const root = join('.niiserve', 'demo')
  before(async () => { await makeDemoDataset(root) })
  const kept = mkdtempSync(join(tmpdir(), 'niiserve-runs-'))
  after(() => rmSync(kept, { recursive: true }))
  const server = serverOf({ root, config: { decodeThreads: 2, cacheBytes: 512 * 2 ** 20, evaluationsFile: join(kept, 'runs.sqlite') } })

  const run = async (example: string, ...args: string[]): Promise<string> =>
    (await promisify(execFile)(PYTHON, [join(EXAMPLES, example), server.app.origin, ...args])).stdout

  it('splits.py makes the split of the service', async () => {
    assert.match(await run('splits.py', '7', '0.5,0.25,0.25'), /^train 6, val 4, test 2: as the service says/)
  })

  it('pytorch_slices.py reads every slice with lung', async () => {
    const { total } = await server.app.json('/v1/slices?limit=1&minLungFraction=0.05')
    assert.match(await run('pytorch_slices.py'), new RegExp(`^${total} slices`))
  })

  it('webdataset_loader.py reads every annotated slice', async () => {
    const { total } = await server.app.json('/v1/slices?limit=1&annotated=true')
    assert.match(await run('webdataset_loader.py'), new RegExp(`^${total} samples`))
  })

  it('zarr_dask.py measures the lesion that the catalog knows', async () => {
    const { mask } = await server.app.json('/v1/studies/study_0004')
    assert.match(await run('zarr_dask.py', 'study_0004'), new RegExp(`, ${mask.volumeMl.toFixed(1)} mL`))
  })

  it('score_unet.py trains a little, predicts the held-out study and prints what the service says of it', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'niiserve-unet-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const lines = await run('score_unet.py', '--epochs', '3', '--size', '48', '--save', folder)
    const [, study, dice, nsd, hd95, found, of] = /^(study_\d{4}) +([\d.]+) +([\d.]+) +([\d.]+) +(\d+) of (\d+), \d+ invented$/m.exec(lines) ?? assert.fail(lines)
    assert.deepEqual((await server.app.json('/v1/splits?seed=19&ratios=0.7,0,0.3')).test.includes(study), true, 'held out')
    // The Dice of the file that was predicted, counted here: an .npy of uint8 in [k, j, i], after a header of 128 bytes.
    const predicted = readFileSync(join(folder, `${study}.npy`)).subarray(128)
    const reference = await server.app.bytes(`/v1/studies/${study}/mask.raw`)
    assert.equal(predicted.length, reference.length)
    let [both, total] = [0, 0]
    for (const [n, value] of reference.entries()) {
      both += value & predicted[n]!
      total += value + predicted[n]!
    }
    assert.equal(dice, (2 * both / total).toFixed(3))
    assert.ok(Number(dice) > 0.05, lines)

    // The run that it made has the same figures.
    const [{ id, algorithm, scored, missing }] = (await server.app.json('/v1/evaluations.json')).items
    assert.deepEqual([algorithm, scored, missing], ['examples/train_unet.py', 1, 0])
    const [row] = (await server.app.json(`/v1/evaluations/${id}.json`)).cases
    assert.deepEqual([row.study, row.dice.toFixed(3), row.nsd.toFixed(3), row.hd95Mm.toFixed(1), row.lesionRecall], [study, dice, nsd, hd95, Number(found) / Number(of)])
    assert.match(lines, new RegExp(`^mean of 1: Dice ${dice} .*/v1/evaluations/${id}\\.json$`, 'm'))
  })

  it('train_unet.py learns to find lesions: Dice on a held-out study above 0.7', async () => {
    const lines = await run('train_unet.py')
    const dice = [...lines.matchAll(/held-out Dice ([\d.]+)/g)].map(([, value]) => Number(value))
    assert.ok(dice.at(-1)! > 0.7, lines)
  })
})
