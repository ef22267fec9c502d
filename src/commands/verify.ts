import type { Config } from '../config.js'
import type { SurveyedVolume } from '../catalog/catalog.js'
import { studyWarnings } from '../catalog/study-warnings.js'
import { ignoredValues, isPlainMask } from '../catalog/label-rows.js'
import { qualityOf } from '../catalog/quality.js'
import type { CheckedFile, QualityKind } from '../catalog/quality.js'
import { bytesOf, kindOf } from '../catalog/rows.js'
import { annotationAt, voxelsHash } from '../catalog/study-quality.js'
import type { StudyEntry } from '../catalog/study.js'
import type { Listing } from '../datasets/dataset.js'
import { entriesOf } from '../ingest/study-entries.js'
import { lesionOver, surveyFile } from '../ingest/study-survey.js'
import type { SurveyedFile } from '../ingest/study-survey.js'
import { parseHeader } from '../nifti/header.js'
import type { FindingKind } from '../datasets/findings.js'
import { findDataset } from '../datasets/layouts.js'
import { isGzipped } from '../gzip/file-name.js'
import { openRoot } from '../storage/open-root.js'
import { SurveyPool } from '../threads/survey-pool.js'
import { dataRootOf } from './data-root.js'
import { progressBar } from './progress.js'

/**
 * Read every file of the dataset completely, whatever the catalog knows, and print each problem in one line. Each gzip file
 * is inflated twice, by our own inflater and by pako: where they differ, one of the two is wrong about the user's file.
 *
 * @returns the number of problems
 */
export async function verify (config: Config): Promise<number> {
  const root = await dataRootOf(config)
  const { store, remote, find } = await openRoot(root, config)
  const { listing } = await find((tree) => findDataset(tree, config.dataLayout))
  const { layout, reason, source, studies, faults, findings } = listing
  const pool = new SurveyPool(config.decodeThreads, store.spec, remote && (async (key) => await remote.download(key)))
  const bar = progressBar('verify', 'studies')
  const problems = faults.map(({ row, detail }) => row === null ? detail : `${layout === 'mosmed' ? `dataset_registry.${source}` : source} row ${row}: ${detail}`)
  const quality: string[] = []
  const byVoxels = new Map<string, string[]>()
  let files = 0
  let done = 0
  const rest = entriesOf(listing)[Symbol.iterator]()
  const work = async () => {
    for (const study of rest) {
      const verified = await verifyStudy(pool, study, listing)
      problems.push(...verified.problems)
      quality.push(...verified.quality)
      files += verified.files
      if (verified.voxels !== null) byVoxels.set(verified.voxels, [...byVoxels.get(verified.voxels) ?? [], study.imageKey])
      bar.update(++done, studies.length)
    }
  }
  await Promise.all(Array.from({ length: pool.threads }, work))
  bar.stop()
  await pool.close()
  await remote?.close()
  for (const equal of byVoxels.values()) if (equal.length > 1) quality.push(`${equal.sort().join(' and ')} are equal in every voxel.`)
  if (layout !== 'mosmed') console.log(`read as ${layout}: ${reason}`)
  for (const { detail } of findings) console.log(detail)
  for (const problem of problems) console.log(problem)
  for (const line of quality.sort()) console.log(`to look at: ${line}`)
  // Missing files and wrong rows are already among the problems, one by one.
  const count = problems.length + findings.filter(({ kind }) => !SAID_ONE_BY_ONE.has(kind)).length
  console.log(count === 0 ? `${files} files of ${studies.length} studies are sound` : `${count} problems in ${files} files of ${studies.length} studies`)
  return count
}

/** Findings that repeat the problems of single files and rows, and so are not counted again. */
const SAID_ONE_BY_ONE: ReadonlySet<FindingKind> = new Set(['images-missing', 'masks-missing', 'rows-unused', 'spelled-otherwise'] as const)

/** Kinds that a study's warnings say already, in the words of its image and mask. */
const SAID_AS_WARNINGS: ReadonlySet<QualityKind> = new Set(['forms-differ', 'not-hu', 'shape-mismatch', 'affine-mismatch', 'label-fraction'] as const)

/** What is wrong with a study's files, what is only odd, and a name for the voxels of its image. */
interface VerifiedStudy { problems: string[], quality: string[], files: number, voxels: string | null }

async function verifyStudy (pool: SurveyPool, { imageKey, maskKey, labelKeys }: StudyEntry, { labelSets: sets, channels }: Listing): Promise<VerifiedStudy> {
  const image = await surveyFile(pool, imageKey, 'image', 'image', channels?.length)
  const mask = maskKey === null ? undefined : await surveyFile(pool, maskKey, 'mask')
  const labels: SurveyedFile[] = []
  for (const [slot, key] of Object.entries(labelKeys)) labels.push(await surveyFile(pool, key, kindOf(slot) === 'image' ? 'image' : 'mask', slot))
  const files = [image, ...mask === undefined ? [] : [mask], ...labels]
  const unserved = files.flatMap(({ volume }) => volume.problem === null ? [] : [`${volume.key}: ${volume.problem}`])
  const [ofImage, ofMask] = [image, mask].map((file) => file === undefined || file.volume.problem !== null ? undefined : { ...file.volume, layout: file.layout })
  const lesion = lesionOver(mask ?? null, image, ignoredValues(sets))?.lesion ?? null
  const imageWarnings = studyWarnings(ofImage, undefined)
  const maskWarnings = studyWarnings(ofImage, ofMask && { ...ofMask, lesion }, isPlainMask(sets)).slice(imageWarnings.length)
  const differences = await Promise.all(files.map(async ({ volume }) => await witnessed(pool, volume)))
  const annotations = [...mask === undefined ? [] : [mask], ...labels.filter(({ volume }) => volume.kind !== 'image')].map((file) => ({ ...checked(file, lesionOver(file, image)?.lesion ?? null), ...annotationAt(file.volume.slot, sets) }))
  const items = qualityOf(ofImage && checked(image, null), annotations, sets)
  return {
    problems: [...unserved, ...differences.flat(), ...imageWarnings.map((warning) => `${imageKey}: ${warning}`), ...maskWarnings.map((warning) => `${maskKey}: ${warning}`)],
    quality: items.filter(({ kind, severity, detail }) => severity !== 'info' && (!SAID_AS_WARNINGS.has(kind) || labels.some(({ volume }) => detail.includes(volume.key)))).map(({ detail }) => detail),
    files: files.length,
    voxels: image.volume.headerBytes === null || image.volume.slabs === null ? null : voxelsHash(image.volume.headerBytes, bytesOf(image.volume.slabs.crcs))
  }
}

function checked ({ volume, layout }: SurveyedFile, lesion: { voxels: number } | null): CheckedFile {
  return { ...volume, header: volume.headerBytes === null ? null : parseHeader(volume.headerBytes), layout, lesion }
}

/** How pako's result differs from ours, if it does. A file that is missing or unreadable was already reported. */
async function witnessed (pool: SurveyPool, { key, identity }: SurveyedVolume): Promise<string[]> {
  if (identity === null || !isGzipped(key)) return []
  const difference = await pool.witness({ key })
  return difference === null ? [] : [`${key}: ${difference}`]
}
