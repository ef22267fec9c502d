import { closeSync, ftruncateSync, futimesSync, mkdirSync, openSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Catalog } from '../../src/catalog/catalog.js'
import type { SurveyedVolume } from '../../src/catalog/catalog.js'
import { claimRoot } from '../../src/catalog/claim.js'
import { openDatabase } from '../../src/catalog/database.js'
import type { Lesion, SliceFacts, StudyEntry } from '../../src/catalog/study.js'
import { makeNifti } from './make-nifti.js'

/** Axial slices of every study, as most of MosMedData's have about so many. */
export const SLICES_A_STUDY = 41

/** Shares of MosMedData's categories, summed up: 254, 684, 125, 45 and 2 of 1110. */
const CATEGORIES = [['CT-0', 0.2288], ['CT-1', 0.845], ['CT-2', 0.9577], ['CT-3', 0.9982], ['CT-4', 1]] as const
const MODIFIED_SECONDS = 1_600_000_000
const MASKED = 0.05
const MISSING = 0.01
const UNREADABLE = 0.005

/** Where a generated dataset is. */
export interface GeneratedCatalog { root: string, catalogFile: string }

/**
 * A dataset of any size whose catalog is complete and whose files are empty: a registry, files of the size and time that
 * the catalog has (sparse, so they take no room), and the catalog, written by the catalog's own code. The same count gives
 * the same rows. What needs voxels does not work.
 *
 * @param folder made if missing; must be empty
 */
export function makeCatalog (folder: string, count: number): GeneratedCatalog {
  mkdirSync(join(folder, 'root', 'masks'), { recursive: true })
  const root = realpathSync(join(folder, 'root'))
  for (const [category] of CATEGORIES) mkdirSync(join(root, 'studies', category), { recursive: true })
  const catalogFile = join(folder, 'catalog.sqlite')
  const database = openDatabase(catalogFile)
  // Nobody reads it meanwhile, and half a catalog is thrown away.
  database.pragma('journal_mode = OFF')
  database.pragma('synchronous = OFF')
  database.pragma('cache_size = -262144')
  claimRoot(database, catalogFile, root)
  const catalog = new Catalog(database)
  catalog.adopt()
  // Made again for each use: a million at a time are gigabytes.
  const study = (n: number) => generatedStudy(n + 1, count)
  const entries = Array.from({ length: count }, (_, n) => study(n).entry)
  catalog.describeLabels([{ name: 'mask', labels: [{ value: 1, name: 'lesion', color: [255, 64, 64] }] }])
  database.transaction(() => {
    catalog.list(entries)
    for (const n of entries.keys()) {
      const { entry, image, mask, slices } = study(n)
      catalog.record(entry.id, image, mask, slices())
      for (const { key, identity } of [image, ...mask === null ? [] : [mask]]) if (identity !== null) makeSparse(join(root, key), identity.bytes)
    }
  })()
  database.pragma('journal_mode = WAL')
  catalog.close()
  const rows = entries.map(({ number, category, imageKey, maskKey }) => `${number},${category},/${imageKey},${maskKey === null ? '' : `/${maskKey}`}`)
  writeFileSync(join(root, 'dataset_registry.csv'), ['study_id,category,study_file,mask_file', ...rows, ''].join('\r\n'))
  return { root, catalogFile }
}

function makeSparse (path: string, bytes: number): void {
  const file = openSync(path, 'w')
  ftruncateSync(file, bytes)
  futimesSync(file, MODIFIED_SECONDS, MODIFIED_SECONDS)
  closeSync(file)
}

/** One study of the generated dataset: what the registry says, and what reading its files would have told. */
function generatedStudy (number: number, count: number): { entry: StudyEntry, image: SurveyedVolume, mask: SurveyedVolume | null, slices: () => SliceFacts[] } {
  const random = randomOf(number)
  const id = `study_${String(number).padStart(Math.max(4, String(count).length), '0')}`
  const draw = random()
  const severity = CATEGORIES.findIndex(([, below]) => draw < below)
  const category = CATEGORIES[severity]![0]
  const state = random()
  const status = state < MISSING ? 'missing' : state < MISSING + UNREADABLE ? 'unreadable' : 'ready'
  const spacing = 0.5 + Math.round(random() * 40) / 100
  const between = random() < 0.9 ? 8 : [0.625, 1, 1.25, 2.5, 5][Math.floor(random() * 5)]!
  const bytes = 5_000_000 + Math.floor(random() * 9_000_000)
  const intensity = { min: random() < 0.8 ? -2048 : -1024, max: 500 + Math.floor(random() * 2600), mean: -900 + random() * 300 }
  const isMasked = random() < MASKED
  const lesion = isMasked ? lesionOf(random, spacing * spacing * between) : null
  const entry: StudyEntry = {
    id,
    number,
    category,
    severity,
    patient: null,
    split: null,
    imageKey: `studies/${category}/${id}.nii.gz`,
    maskKey: isMasked ? `masks/${id}_mask.nii.gz` : null,
    labelKeys: {}
  }
  const header = Buffer.alloc(540)
  makeNifti({
    shape: [1, 1, 1],
    pixdim: [spacing, spacing, between],
    sform: [[-spacing, 0, 0, 180], [0, spacing, 0, -180], [0, 0, between, -160]],
    fields: { dim: [3, 512, 512, SLICES_A_STUDY, 1, 1, 1, 1] }
  }).copy(header, 0, 0, 352)
  const file = (slot: 'image' | 'mask', size: number, more: Partial<SurveyedVolume>): SurveyedVolume => ({
    kind: slot,
    slot,
    key: slot === 'image' ? entry.imageKey : entry.maskKey!,
    status: 'ready',
    problem: null,
    warnings: [],
    identity: { bytes: size, mtimeMs: MODIFIED_SECONDS * 1000, edges: hex(random, 8) },
    sha256: hex(random, 64),
    texts: [],
    headerBytes: header,
    intensity: null,
    lesion: null,
    values: null,
    labelSlices: null,
    slabs: null,
    points: [],
    ...more
  })
  const image = file('image', bytes, status === 'ready'
    ? { intensity }
    : status === 'missing'
      ? { status, problem: `${entry.imageKey} is not there.`, identity: null, sha256: null, headerBytes: null }
      : { status, problem: 'the gzip stream ends early', sha256: null, headerBytes: null })
  const mask = lesion === null
    ? null
    : file('mask', 20_000 + Math.floor(random() * 50_000), {
      lesion: { voxels: lesion.voxels, volumeMl: lesion.volumeMl, slices: lesion.slices },
      values: { seen: [{ value: 0, voxels: 512 * 512 * SLICES_A_STUDY - lesion.voxels }, { value: 1, voxels: lesion.voxels }], others: 0, nan: 0, negative: { voxels: 0, least: 0 }, fractions: { voxels: 0, least: 0, largest: 0 } },
      labelSlices: { 1: lesion.slices.map((slice) => [slice, lesion.perSlice[slice]!]) }
    })
  return {
    entry,
    image,
    mask,
    slices: () => status === 'ready'
      ? Array.from({ length: SLICES_A_STUDY }, (_, index) => ({
        index,
        min: intensity.min,
        max: Math.floor(intensity.max * (0.5 + random() / 2)),
        mean: intensity.mean + random() * 100,
        lungFraction: Math.max(0, Math.round((0.3 - Math.abs(index - 20) / 60 + random() / 20) * 1e4) / 1e4),
        lesionPixels: lesion === null ? null : lesion.perSlice[index]!
      }))
      : []
  }
}

/** Lesions on some consecutive slices. @param voxel in mm³ */
function lesionOf (random: () => number, voxel: number): Lesion & { perSlice: number[] } {
  const first = Math.floor(random() * 25)
  const end = first + 1 + Math.floor(random() * 15)
  const perSlice = Array.from({ length: SLICES_A_STUDY }, (_, index) => index >= first && index < end ? 1 + Math.floor(random() * 4000) : 0)
  const voxels = perSlice.reduce((sum, pixels) => sum + pixels, 0)
  return { voxels, volumeMl: voxels * voxel / 1000, slices: [...perSlice.keys()].filter((index) => perSlice[index]! > 0), perSlice }
}

function hex (random: () => number, digits: number): string {
  let text = ''
  while (text.length < digits) text += Math.floor(random() * 2 ** 32).toString(16).padStart(8, '0')
  return text.slice(0, digits)
}

/** Mulberry32 (Tommy Ettinger, public domain): numbers from 0 up to 1, the same on every machine. */
function randomOf (seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b9)
  return () => {
    state = state + 0x6d2b79f5 | 0
    let mixed = Math.imul(state ^ state >>> 15, 1 | state)
    mixed = mixed + Math.imul(mixed ^ mixed >>> 7, 61 | mixed) ^ mixed
    return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32
  }
}
