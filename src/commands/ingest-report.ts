import type { Logger } from 'pino'
import { warningsOf } from '../catalog/study.js'
import type { IngestProgress } from '../ingest/ingest.js'
import type { Listing } from '../datasets/dataset.js'
import type { ServicesListener } from '../services.js'
import { progressBar } from './progress.js'

/** Reports the progress of ingest: a bar on a terminal, log lines elsewhere. */
export function ingestReport (log: Logger): { listener: ServicesListener, finish: () => void } {
  const bar = progressBar('catalog', 'studies', (line) => log.info(line))
  const start = performance.now()
  let read = 0
  let last: IngestProgress | undefined
  return {
    listener: {
      progress: (progress) => {
        last = progress
        // No bar if no study had to be read.
        if (read > 0 && progress.state === 'building') bar.update(progress.done, progress.total)
      },
      read: (study) => {
        read++
        if (study.status === 'unreadable') log.warn({ study: study.id, problem: study.image?.problem }, 'image cannot be served')
        for (const warning of warningsOf(study)) log.warn({ study: study.id, warning }, 'the study has an irregularity')
      },
      unsound: (studyId) => log.warn({ study: studyId }, 'the catalog data of the study was changed or damaged; the study is read again'),
      damaged: (reason) => log.error({ reason }, 'the catalog file is damaged; the next start checks it, sets it aside and builds a new one'),
      failed: (studyId, error) => log.error({ study: studyId, err: error }, 'study could not be read'),
      catalogOutdated: ({ updated, pending }) => log.info({ updated, pending }, `the catalog was written by older rules: ${updated} of its studies were brought up to date, ${pending} are read again`),
      catalogSetAside: (name, reason) => log.warn({ name, reason }, 'the catalog could not be used and was set aside; a new one is built')
    },
    finish: () => {
      bar.stop()
      const seconds = Number(((performance.now() - start) / 1000).toFixed(1))
      log.info({ studies: last?.total ?? 0, read, seconds }, 'catalog is up to date')
    }
  }
}

/** The most rows logged one by one; a registry with more wrong rows usually has the same fault in all. */
const MOST_ROWS_LOGGED = 20

/**
 * Log the layout of the data root and why it was chosen; what is left out or missing, one line per kind; and each row of
 * the registry that could not be used, by its number.
 */
export function reportListing ({ layout, reason, source, faults, findings }: Listing, log: Logger): void {
  log.info({ layout }, `the data root is read as ${layout}: ${reason}`)
  for (const { kind, count, detail } of findings) log[kind === 'spelled-otherwise' ? 'info' : 'warn']({ finding: kind, count }, detail)
  for (const { row, id, detail } of faults.slice(0, MOST_ROWS_LOGGED)) log.warn({ source, ...(row !== null && { row }), ...(id !== null && { study: id }) }, detail)
  if (faults.length > MOST_ROWS_LOGGED) log.warn({ source }, `${faults.length - MOST_ROWS_LOGGED} more; \`niiserve verify\` lists them all`)
}
