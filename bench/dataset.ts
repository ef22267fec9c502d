import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { crc32, gzip } from 'node:zlib'
import { niftiFile, VOXEL_OFFSET } from './nifti-file.js'
import { WORKSPACE } from './paths.js'
import { phantom } from './phantom.js'

/** One study as it lies on disk, with what a right answer must be. */
export interface BenchStudy {
  id: string
  category: string
  /** the `.nii.gz`; absolute path */
  file: string
  fileBytes: number
  fileCrc32: number
  /** its voxels uncompressed, k slowest; absolute path ('' where the dataset keeps none) */
  voxels: string
  /** CRC-32 of every axial slice, and of all voxels */
  sliceCrc32: number[]
  voxelsCrc32: number
}

export interface Dataset {
  name: string
  root: string
  shape: [number, number, number]
  sliceBytes: number
  voxelOffset: number
  studies: BenchStudy[]
}

interface Recipe { name: string, count: number, shape: [number, number, number], masked: number, keepVoxels: boolean }

/** 24 studies of the size of MosMedData's: 516 MB of voxels, of which a cache of 64 MiB holds an eighth. */
const FULL_SIZE: Recipe = { name: 'full-size', count: 24, shape: [512, 512, 41], masked: 4, keepVoxels: true }
/** As many studies as MosMedData, of almost no size: for what depends on the number of files alone. */
const MANY: Recipe = { name: 'many', count: 1110, shape: [16, 16, 8], masked: 50, keepVoxels: false }

/** MosMedData's studies per category, for the same spread at any size. */
const CATEGORIES = [['CT-0', 254], ['CT-1', 684], ['CT-2', 125], ['CT-3', 45], ['CT-4', 2]] as const

/** One annotated study of the size of MosMedData's largest masks. */
const MASK_SIZE: Recipe = { name: 'mask-size', count: 1, shape: [512, 512, 46], masked: 1, keepVoxels: false }

export function fullSizeDataset (): Promise<Dataset> { return datasetOf(FULL_SIZE) }
export function manyDataset (): Promise<Dataset> { return datasetOf(MANY) }
export function maskSizeDataset (): Promise<Dataset> { return datasetOf(MASK_SIZE) }

async function datasetOf (recipe: Recipe): Promise<Dataset> {
  const home = join(WORKSPACE, 'datasets', recipe.name)
  const manifest = join(home, 'manifest.json')
  if (existsSync(manifest)) return JSON.parse(await readFile(manifest, 'utf8'))
  process.stderr.write(`making the ${recipe.name} dataset, once: ${recipe.count} studies of ${recipe.shape.join('×')}\n`)
  await rm(home, { recursive: true, force: true })
  const root = join(home, 'root')
  const studies: BenchStudy[] = []
  for (let number = 1; number <= recipe.count; number++) studies.push(await makeStudy(home, recipe, number))
  await writeFile(join(root, 'dataset_registry.csv'), registry(recipe, studies))
  const dataset: Dataset = {
    name: recipe.name,
    root,
    shape: recipe.shape,
    sliceBytes: recipe.shape[0] * recipe.shape[1] * 2,
    voxelOffset: VOXEL_OFFSET,
    studies
  }
  // The manifest comes last and whole: where it is, the dataset is complete.
  await writeFile(`${manifest}.part`, JSON.stringify(dataset))
  await rename(`${manifest}.part`, manifest)
  return dataset
}

async function makeStudy (home: string, recipe: Recipe, number: number): Promise<BenchStudy> {
  const id = `study_${String(number).padStart(4, '0')}`
  const category = categoryOf((number - 0.5) / recipe.count)
  const { image, mask } = phantom(recipe.shape, number, isMasked(recipe, number))
  const bytes = Buffer.from(image.buffer)
  const packed = await packedFile(recipe, image)
  const file = join(home, 'root', 'studies', category, `${id}.nii.gz`)
  const voxels = recipe.keepVoxels ? join(home, 'voxels', `${id}.raw`) : ''
  await put(file, packed)
  if (recipe.keepVoxels) await put(voxels, bytes)
  if (mask !== undefined) await put(join(home, 'root', 'masks', `${id}_mask.nii.gz`), await packedFile(recipe, mask))
  const sliceBytes = recipe.shape[0] * recipe.shape[1] * 2
  const sliceCrc32 = Array.from({ length: recipe.shape[2] }, (_, k) => crc32(bytes.subarray(k * sliceBytes, (k + 1) * sliceBytes)))
  return {
    id, category, file, fileBytes: packed.length, fileCrc32: crc32(packed), voxels, sliceCrc32, voxelsCrc32: crc32(bytes)
  }
}

async function packedFile (recipe: Recipe, voxels: Int16Array): Promise<Buffer> {
  return await promisify(gzip)(niftiFile(recipe.shape, voxels), { level: 6 })
}

async function put (file: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, bytes)
}

function isMasked (recipe: Recipe, number: number): boolean {
  return number % Math.floor(recipe.count / recipe.masked) === 0
}

function categoryOf (place: number): string {
  const total = CATEGORIES.reduce((sum, [, count]) => sum + count, 0)
  let below = 0
  for (const [category, count] of CATEGORIES) {
    below += count / total
    if (place < below) return category
  }
  return 'CT-4'
}

function registry (recipe: Recipe, studies: readonly BenchStudy[]): string {
  const rows = studies.map(({ id, category }, index) => {
    const mask = isMasked(recipe, index + 1) ? `/masks/${id}_mask.nii.gz` : ''
    return `${index + 1},${category},/studies/${category}/${id}.nii.gz,${mask}`
  })
  return ['study_id,category,study_file,mask_file', ...rows, ''].join('\n')
}
