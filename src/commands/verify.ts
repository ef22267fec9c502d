import type { Config } from '../config.js'
import type { SurveyedVolume } from '../catalog/catalog.js'
import { studyWarnings } from '../catalog/study-warnings.js'
import { lesionOver, surveyFile } from '../ingest/study-survey.js'
import type { ListedStudy } from '../datasets/dataset.js'
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
  const { layout, reason, source, studies, faults, findings } = (await find((tree) => findDataset(tree, config.dataLayout))).listing
  const pool = new SurveyPool(config.decodeThreads, store.spec, remote && (async (key) => await remote.download(key)))
  const bar = progressBar('verify', 'studies')
  const problems = faults.map(({ row, detail }) => row === null ? detail : `${layout === 'mosmed' ? `dataset_registry.${source}` : source} row ${row}: ${detail}`)
  let done = 0
  const rest = studies[Symbol.iterator]()
  const work = async () => {
    for (const study of rest) {
      problems.push(...await verifyStudy(pool, study))
      bar.update(++done, studies.length)
    }
  }
  await Promise.all(Array.from({ length: pool.threads }, work))
  bar.stop()
  await pool.close()
  await remote?.close()
  if (layout !== 'mosmed') console.log(`read as ${layout}: ${reason}`)
  for (const { detail } of findings) console.log(detail)
  for (const problem of problems) console.log(problem)
  const files = studies.length + studies.filter(({ maskKey }) => maskKey !== null).length
  // Missing files and wrong rows are already among the problems, one by one.
  const count = problems.length + findings.filter(({ kind }) => !SAID_ONE_BY_ONE.has(kind)).length
  console.log(count === 0 ? `${files} files of ${studies.length} studies are sound` : `${count} problems in ${files} files of ${studies.length} studies`)
  return count
}

/** Findings that repeat the problems of single files and rows, and so are not counted again. */
const SAID_ONE_BY_ONE: ReadonlySet<FindingKind> = new Set(['images-missing', 'masks-missing', 'rows-unused', 'spelled-otherwise'] as const)

async function verifyStudy (pool: SurveyPool, { imageKey, maskKey }: ListedStudy): Promise<string[]> {
  const image = await surveyFile(pool, imageKey, 'image')
  const mask = maskKey === null ? undefined : await surveyFile(pool, maskKey, 'mask')
  const files = mask === undefined ? [image] : [image, mask]
  const problems = files.flatMap(({ volume }) => volume.problem === null ? [] : [`${volume.file}: ${volume.problem}`])
  const [ofImage, ofMask] = files.map(({ volume, layout }) => volume.problem === null ? { ...volume, layout } : undefined)
  const lesion = lesionOver(mask ?? null, image)?.lesion ?? null
  const imageWarnings = studyWarnings(ofImage, undefined)
  const maskWarnings = studyWarnings(ofImage, ofMask && { ...ofMask, lesion }).slice(imageWarnings.length)
  const differences = await Promise.all(files.map(async ({ volume }) => await witnessed(pool, volume)))
  return [...problems, ...differences.flat(), ...imageWarnings.map((warning) => `${imageKey}: ${warning}`), ...maskWarnings.map((warning) => `${maskKey}: ${warning}`)]
}

/** How pako's result differs from ours, if it does. A file that is missing or unreadable was already reported. */
async function witnessed (pool: SurveyPool, { file, identity }: SurveyedVolume): Promise<string[]> {
  if (identity === null || !isGzipped(file)) return []
  const difference = await pool.witness({ key: file })
  return difference === null ? [] : [`${file}: ${difference}`]
}
