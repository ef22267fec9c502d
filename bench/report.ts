import { readFile, writeFile } from 'node:fs/promises'
import { cpus, release } from 'node:os'
import { join } from 'node:path'
import type { Row } from './scenario.js'
import { median, ratios } from './stats.js'

/** What came of one scenario: rows, peers that are not installed, or why it broke off. */
export interface Outcome { scenario: string, title: string, rows: Row[], skipped: string[], failure?: string }

const TABLE = /<!-- table: written by `npm run bench -- --write` -->[^]*?<!-- end of table -->/

/** A scenario as lines for the terminal. */
export function asText ({ title, rows, skipped, failure }: Outcome): string {
  const lines = rows.flatMap((row) => [
    `  ${row.what}`,
    `      ours ${figure(row.ours)} ${row.unit}${peerText(row)}${verdict(row)}`,
    ...(row.note === undefined ? [] : [`      ${row.note}`])
  ])
  return [title, ...lines, ...skipped.map((why) => `  left out: ${why}`),
    ...(failure === undefined ? [] : [`  FAILED: ${failure}`]), ''].join('\n')
}

/** Put the figures of this run into bench/README.md, between its two comments. */
export async function writeTable (outcomes: readonly Outcome[], rounds: number): Promise<void> {
  const file = join(import.meta.dirname, 'README.md')
  const text = await readFile(file, 'utf8')
  if (!TABLE.test(text)) throw new Error('bench/README.md has lost the comments around its table')
  await writeFile(file, text.replace(TABLE, () => table(outcomes, rounds)))
}

function table (outcomes: readonly Outcome[], rounds: number): string {
  const rows = outcomes.flatMap((outcome) => outcome.rows.map((row) =>
    `| \`${outcome.scenario}\` | ${row.what} | ${figure(row.ours)} ${row.unit} | ${hasPeer(row) ? `${figure(row.peer)} ${row.unit}` : ''} | ${hasPeer(row) ? `**${ratio(row)}**` : ''} | ${limits(row)} |`))
  const notes = outcomes.flatMap(({ rows: each }) => each.filter(({ note }) => note !== undefined).map(({ what, note }) => `- ${what}: ${note ?? ''}`))
  const gaps = outcomes.flatMap(({ scenario, skipped, failure }) =>
    [...skipped, ...(failure === undefined ? [] : [`broke off: ${failure}`])].map((why) => `- \`${scenario}\`: ${why}`))
  return ['<!-- table: written by `npm run bench -- --write` -->',
    `${new Date().toISOString().slice(0, 10)}, ${machine()}; medians of ${rounds} interleaved rounds; a ratio above 1 means that niiserve is better.`, '',
    '| scenario | measured | niiserve | peer | ratio | at least · meant |', '|---|---|---|---|---|---|', ...rows, '',
    'Seen in the same run:', '', ...notes, ...(gaps.length > 0 ? ['', 'Not measured:', '', ...gaps] : []),
    '<!-- end of table -->'].join('\n')
}

/** Processor, number of cores, kernel and Node: what the figures depend on. */
export function machine (): string {
  const model = cpus()[0]?.model.trim().replace(/\s+/g, ' ') ?? 'unknown processor'
  return `${cpus().length} cores of ${model}, Linux ${release()}, Node ${process.versions.node}`
}

function hasPeer (row: Row): row is Row & { peer: number[] } {
  return row.peer !== undefined && row.peer.length > 0
}

function ratio (row: Row & { peer: number[] }): string {
  return `${significant(median(ratios(row.ours, row.peer, row.better)))} ×`
}

function peerText (row: Row): string {
  if (row.peer === undefined) return ''
  if (!hasPeer(row)) return ', peer not measured'
  const each = ratios(row.ours, row.peer, row.better)
  return `, peer ${figure(row.peer)} ${row.unit}: ${ratio(row)} (${significant(Math.min(...each))}–${significant(Math.max(...each))})`
}

/** Whether the limits of the issue hold: of the ratio where there is a peer, of our own figure else. */
function verdict (row: Row): string {
  if (row.peer !== undefined && !hasPeer(row)) return ''
  const value = hasPeer(row) ? median(ratios(row.ours, row.peer, row.better)) : median(row.ours)
  const holds = (limit: number): boolean => hasPeer(row) || row.better === 'more' ? value >= limit : value <= limit
  if (row.meant !== undefined && holds(row.meant)) return `  [as meant: ${limits(row)}]`
  if (row.least !== undefined && holds(row.least)) return `  [enough: ${limits(row)}]`
  return row.least === undefined && row.meant === undefined ? '' : `  [NOT ENOUGH: ${limits(row)}]`
}

function limits (row: Row): string {
  return [row.least, row.meant].filter((limit) => limit !== undefined).map(significant).join(' · ')
}

function figure (values: readonly number[]): string {
  return significant(median(values))
}

function significant (value: number): string {
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)))
}
