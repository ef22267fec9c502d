import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { makeNifti, type NiftiRecipe } from './make-nifti.js'

/** Where a test registers its cleanup: the context of a test, or `{ after }` of node:test for a whole file. */
export interface Scope { after: (clean: () => unknown) => void }

/** A file's content: a volume to make, bytes to write unchanged, or null for a file that is listed but missing. */
export type Content = NiftiRecipe | Uint8Array | null

/** One row of the registry, and the files it names. */
export interface MadeStudy {
  /** default: study_0001, study_0002, … in the order of the list */
  id?: string
  /** default: CT-0 */
  category?: string
  /** default: int16, 2 x 3 x 4 */
  image?: Content
  /** default: none */
  mask?: Content
  /** default: nii.gz */
  suffix?: 'nii' | 'nii.gz'
  maskSuffix?: 'nii' | 'nii.gz'
}

export interface TestDataset {
  root: string
  /** absolute path of a key, such as `studies/CT-0/study_0001.nii.gz` */
  path: (key: string) => string
  /** absolute path of a study's file */
  image: (id: string) => string
  mask: (id: string) => string
}

/** A dataset in MosMedData's layout in its own folder, which is removed at the end. */
export function makeDataset (scope: Scope, studies: readonly MadeStudy[]): TestDataset {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'niiserve-test-')))
  scope.after(() => rmSync(root, { recursive: true, force: true }))
  const rows = studies.map((study, n) => {
    const id = study.id ?? `study_${String(n + 1).padStart(4, '0')}`
    const category = study.category ?? 'CT-0'
    const image = `studies/${category}/${id}.${study.suffix ?? 'nii.gz'}`
    const mask = study.mask === undefined ? '' : `masks/${id}_mask.${study.maskSuffix ?? 'nii.gz'}`
    writeContent(join(root, image), study.image === undefined ? {} : study.image)
    if (study.mask !== undefined) writeContent(join(root, mask), study.mask)
    return { id, category, image, mask, number: /(\d+)$/.exec(id)?.[1] ?? '' }
  })
  const lines = rows.map(({ number, category, image, mask }) => `${Number(number)},${category},/${image},${mask === '' ? '' : `/${mask}`}`)
  writeFileSync(join(root, 'dataset_registry.csv'), ['study_id,category,study_file,mask_file', ...lines, ''].join('\r\n'))
  const find = (id: string) => {
    const row = rows.find((one) => one.id === id)
    if (row === undefined) throw new Error(`the dataset has no ${id}`)
    return row
  }
  return { root, path: (key) => join(root, key), image: (id) => join(root, find(id).image), mask: (id) => join(root, find(id).mask) }
}

/** Write a file of the dataset, gzipped if its name says so; null writes nothing. */
export function writeContent (path: string, content: Content): void {
  mkdirSync(dirname(path), { recursive: true })
  if (content === null) return
  if (content instanceof Uint8Array) writeFileSync(path, content)
  else writeFileSync(path, path.endsWith('.gz') ? gzipSync(makeNifti(content)) : makeNifti(content))
}
