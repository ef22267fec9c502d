import { readFile, readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { stringify } from 'csv-stringify/sync'
import pino from 'pino'
import type { StudyFilter } from '../catalog/study-selection.js'
import type { Config } from '../config.js'
import { GeometryMismatch, InvalidRequest, MaskNotFound, PredictionTooLarge, PredictionUnreadable, StudyNotFound } from '../errors.js'
import { MASK_METRICS, caseOf, emptyCase } from '../evaluation/runs/case-metrics.js'
import type { CaseMetrics } from '../evaluation/runs/case-metrics.js'
import { aggregate } from '../evaluation/runs/aggregates.js'
import type { Aggregates } from '../evaluation/runs/aggregates.js'
import { RUN_PLAN } from '../evaluation/runs/evaluations.js'
import { runCaveats } from '../evaluation/runs/run-caveats.js'
import { targetOf } from '../evaluation/runs/target.js'
import type { SeverityAnswer } from '../evaluation/scoring/severity-scoring.js'
import type { PredictedGrade } from '../evaluation/severity/predictions.js'
import type { Figure } from '../evaluation/statistics/figure.js'
import { createServices } from '../services.js'
import type { Services } from '../services.js'
import { DEFAULT_RATIOS } from '../training/splits.js'
import { dataRootOf } from './data-root.js'
import { ingestReport } from './ingest-report.js'
import { progressBar } from './progress.js'
import { textTable } from './text-table.js'

/** Which studies are scored, and how the result is printed: as a table, unless JSON or CSV is chosen. */
export interface ScoreOptions { split?: 'train' | 'val' | 'test', seed?: number, ratios?: string, json?: boolean, csv?: boolean }

/** Score a CSV: columns `study`, `severity`, optionally `p0` … `p4` and `score`. @returns whether every row was scored */
export async function scoreSeverityFile (config: Config, file: string, { missing = 'error', ...options }: ScoreOptions & { missing?: 'error' | 'exclude' }): Promise<boolean> {
  return await withDataset(config, async (services) => {
    const { filter, filters } = filterOf(services, options)
    try {
      const target = targetOf(services.catalog, filter, filters)
      const answer = await services.severityScoring.score(target, { predictions: gradesOf(await readFile(file, 'utf8')), missing })
      console.log(options.json === true ? JSON.stringify(answer, null, 2) : options.csv === true ? figuresCsv(answer) : severityTable(answer))
      return true
    } catch (error) {
      if (!(error instanceof InvalidRequest)) throw error
      for (const { parameter, detail } of error.errors) console.error(`${file}: ${parameter}: ${detail}`)
      return false
    }
  })
}

/**
 * Score a folder of masks named after their studies (`study_0255.nii.gz`, `study_0255_mask.nii`, `study_0255.npy`). An
 * annotated study without a file counts as an empty mask. @returns whether every file was scored
 */
export async function scoreMaskFolder (config: Config, folder: string, { tolerance, minLesionMl, ...options }: ScoreOptions & { tolerance: number, minLesionMl: number }): Promise<boolean> {
  return await withDataset(config, async (services) => {
    const { filter, filters } = filterOf(services, options)
    const target = targetOf(services.catalog, filter, filters).studies
    const files = (await readdir(folder)).filter((name) => /\.(nii|nii\.gz|npy)$/.test(name)).sort()
    const bar = progressBar('score', 'masks')
    const rows = new Map<string, CaseMetrics>()
    const refused: string[] = []
    for (const [n, name] of files.entries()) {
      const study = basename(name).replace(/(_mask)?\.(nii|nii\.gz|npy)$/, '')
      try {
        const known = target.find(({ id }) => id === study)
        if (known?.mask == null) throw new MaskNotFound(study, `${study} is not an annotated study of the target`)
        if (rows.has(study)) throw new PredictionUnreadable(`${study} has a second mask`)
        rows.set(study, caseOf(study, 'scored', await services.maskScoring.score(study, await readFile(join(folder, name)), { toleranceMm: tolerance, minLesionMl })))
      } catch (error) {
        if (!isRefusal(error)) throw error
        refused.push(`${name}: ${error.message}`)
      }
      bar.update(n + 1, files.length)
    }
    bar.stop()
    const cases: CaseMetrics[] = []
    for (const { id, mask } of target) {
      if (mask === null) continue
      cases.push(rows.get(id) ?? (minLesionMl === 0 ? emptyCase(id, mask) : caseOf(id, 'missing', await services.maskScoring.score(id, null, { toleranceMm: tolerance, minLesionMl }))))
    }
    const aggregates = aggregate(cases, RUN_PLAN)
    const caveats = runCaveats({ target, scored: rows.size, dice: aggregates.dice.mean }, services.severityScoring.gradeNames)
    const shown = cases.map(({ failed, ...row }) => row)
    console.log(options.json === true
      ? JSON.stringify({ tolerance, minLesionMl, filters, aggregates, cases: shown, refused, caveats }, null, 2)
      : options.csv === true ? stringify(shown, { header: true, columns: ['study', 'status', ...MASK_METRICS] }).trimEnd() : maskTable(shown, aggregates, caveats))
    for (const line of refused) console.error(line)
    return refused.length === 0
  })
}

function isRefusal (error: unknown): error is Error {
  return [PredictionUnreadable, PredictionTooLarge, GeometryMismatch, MaskNotFound, StudyNotFound].some((kind) => error instanceof kind)
}

/** Open the dataset, update its catalog as `ingest` does, call `use`, and always close it. */
async function withDataset (config: Config, use: (services: Services) => Promise<boolean>): Promise<boolean> {
  const report = ingestReport(pino({ level: 'warn', base: null }, pino.destination(2)))
  const services = await createServices(config, await dataRootOf(config), report.listener)
  try {
    await services.ingest.run(services.listing.studies.map(({ id }) => id))
    report.finish()
    return await use(services)
  } finally {
    await services.close()
  }
}

function filterOf ({ splits }: Services, { split, seed = 0, ratios = DEFAULT_RATIOS }: ScoreOptions): { filter: StudyFilter, filters: Record<string, string> } {
  return split === undefined ? { filter: {}, filters: {} } : { filter: { ids: splits.idsOf(split, seed, ratios) }, filters: { split, seed: String(seed), ratios } }
}

function gradesOf (text: string): PredictedGrade[] {
  const rows = parse(text, { columns: true, skip_empty_lines: true, trim: true, bom: true }) as Record<string, string>[]
  const number = (value: string) => value === '' ? NaN : Number(value)
  const columns = Object.keys(rows[0] ?? { study: '', severity: '' })
  for (const column of ['study', 'severity']) if (!columns.includes(column)) throw new InvalidRequest([{ parameter: column, detail: `is not a column; the file has ${columns.join(', ')}` }])
  return rows.map((row) => ({
    study: row['study']!,
    severity: number(row['severity']!),
    ...(columns.includes('p0') && { probabilities: [0, 1, 2, 3, 4].map((grade) => number(row[`p${grade}`] ?? '')) }),
    ...(columns.includes('score') && { score: number(row['score']!) })
  }))
}

const interval = ({ low, high }: Figure) => low === null || high === null ? '-' : `${low.toFixed(3)} to ${high.toFixed(3)}`

/** Every figure of an answer, by name. */
function figuresOf ({ severity, triage, worklist }: SeverityAnswer): [name: string, figure: Figure][] {
  const those = (of: object, suffix: string) => Object.entries(of).filter(([, value]) => (value as Figure | null)?.method !== undefined).map(([name, value]): [string, Figure] => [`${name}${suffix}`, value as Figure])
  return [
    ...those(severity, ''),
    ...severity.classes.flatMap((of) => those(of, ` of ${of.category}`)),
    ...triage.flatMap((of) => those(of, ` at ${of.threshold}`)),
    ...worklist.recallAt.map(({ share, recall }): [string, Figure] => [`recall within ${share}`, recall]),
    ['meanRankPercentile', worklist.meanRankPercentile]
  ]
}

function severityTable (answer: SeverityAnswer): string {
  const { flow, severity, missed, missedTotal, caveats } = answer
  const names = severity.classes.map(({ category }) => category)
  return [
    `${flow.catalogued} studies in the catalog, ${flow.targeted} in the target, ${flow.predicted} predicted, ${flow.missing} missing, ${flow.scored} scored`,
    textTable([['reference', ...names, 'predicted'], ...severity.confusion.map((row, grade) => [names[grade]!, ...row, ''])]),
    textTable([['figure', 'value', '95 % interval', 'n', 'why'], ...figuresOf(answer).map(([name, figure]) => [name, figure.value, interval(figure), figure.n, figure.reason ?? ''])]),
    missedTotal === 0 ? `No study with findings was called ${names[0]}.` : `Called ${names[0]} with findings: ${missed.map(({ study, category }) => `${study} (${category})`).join(', ')}`,
    ...caveats.map((caveat) => `* ${caveat}`)
  ].join('\n\n')
}

function figuresCsv (answer: SeverityAnswer): string {
  return stringify(figuresOf(answer).map(([figure, { value, low, high, n, method }]) => ({ figure, value, low, high, n, method })), { header: true }).trimEnd()
}

function maskTable (cases: readonly Omit<CaseMetrics, 'failed'>[], aggregates: Aggregates, caveats: readonly string[]): string {
  const worst = [...cases].sort((a, b) => (a.dice ?? 2) - (b.dice ?? 2))
  return [
    textTable([['study', 'status', 'dice', 'nsd', 'hd95 mm', 'assd mm', 'error mL', 'lesion recall'],
      ...worst.map(({ study, status, dice, nsd, hd95Mm, assdMm, volumeErrorMl, lesionRecall }) => [study, status, dice, nsd, hd95Mm, assdMm, volumeErrorMl, lesionRecall])]),
    textTable([['metric', 'mean', 'low', 'high', 'median', 'q1', 'q3', 'n', 'scored', 'missing', 'undefined'],
      ...MASK_METRICS.map((metric) => {
        const of = aggregates[metric]
        return [metric, of.mean, of.low, of.high, of.median, of.q1, of.q3, of.n, of.scored, of.missing, of.undefined]
      })]),
    ...caveats.map((caveat) => `* ${caveat}`)
  ].join('\n\n')
}
