import { createHash } from 'node:crypto'
import { InvalidRequest } from '../errors.js'

export const PARTS = ['train', 'val', 'test'] as const
export type Part = typeof PARTS[number]

export const DEFAULT_RATIOS = '0.7,0.15,0.15'
export const MAX_FOLDS = 100

/** What a split needs to know of a study. */
export interface SplitStudy { id: string, category: string }

/** Three shares that sum to 1, exactly: `parts` of `whole` each. */
export interface Ratios { parts: readonly [bigint, bigint, bigint], whole: bigint }

/** Digits behind the point that a ratio may have. */
const MAX_DIGITS = 12

/**
 * Read `ratios`, such as `0.7,0.15,0.15`. Decimals are taken as they are written and not as the nearest binary
 * fractions, so that whoever computes the same split by hand, or with Python's `Fraction`, meets no rounding.
 *
 * @throws InvalidRequest naming `ratios`
 */
export function parseRatios (text: string): Ratios {
  const numbers = text.split(',').map((part) => /^(\d{1,3})(?:\.(\d{1,12}))?$/.exec(part.trim()))
  if (numbers.length === 3 && numbers.every((match) => match !== null)) {
    const parts = numbers.map((match) => BigInt(match[1]! + (match[2] ?? '').padEnd(MAX_DIGITS, '0'))) as [bigint, bigint, bigint]
    const whole = 10n ** BigInt(MAX_DIGITS)
    if (parts[0] + parts[1] + parts[2] === whole) return { parts, whole }
  }
  throw new InvalidRequest([{ parameter: 'ratios', detail: `${JSON.stringify(text)} is not three decimals, for train, val and test, that sum to 1; such as ${DEFAULT_RATIOS}` }])
}

/**
 * Which part of a split each study is in (docs/contract.md, Training): within a category the studies are ordered by the hex
 * SHA-256 of `"{seed}:{studyId}"` and cut at the ratios by largest remainder, ties to the earlier part.
 */
export function splitByRatios (studies: Iterable<SplitStudy>, seed: number, ratios: Ratios): Map<string, Part> {
  const partOf = new Map<string, Part>()
  for (const ids of orderedByCategory(studies, seed)) {
    let first = 0
    for (const [n, count] of largestRemainders(ids.length, ratios).entries()) {
      for (const id of ids.slice(first, first + count)) partOf.set(id, PARTS[n]!)
      first += count
    }
  }
  return partOf
}

/** Which of `folds` folds each study is validated in: fold f takes every n-th study of a category from the f-th. */
export function splitByFolds (studies: Iterable<SplitStudy>, seed: number, folds: number): Map<string, number> {
  const foldOf = new Map<string, number>()
  for (const ids of orderedByCategory(studies, seed)) {
    for (const [n, id] of ids.entries()) foldOf.set(id, n % folds)
  }
  return foldOf
}

/** Ids in the order of the hex SHA-256 of `"{seed}:{id}"`. */
export function shuffledIds (ids: Iterable<string>, seed: number | string): string[] {
  const hashed = Array.from(ids, (id) => ({ id, hash: createHash('sha256').update(`${seed}:${id}`).digest('hex') }))
  return hashed.sort((a, b) => a.hash < b.hash ? -1 : 1).map(({ id }) => id)
}

function orderedByCategory (studies: Iterable<SplitStudy>, seed: number): string[][] {
  const byCategory = new Map<string, string[]>()
  for (const { id, category } of studies) {
    const ids = byCategory.get(category)
    if (ids === undefined) byCategory.set(category, [id])
    else ids.push(id)
  }
  return [...byCategory.values()].map((ids) => shuffledIds(ids, seed))
}

/** Whole numbers that sum to `count` and come nearest to the ratios: Hamilton's method. */
function largestRemainders (count: number, { parts, whole }: Ratios): number[] {
  const shares = parts.map((part, n) => {
    const exact = part * BigInt(count)
    return { n, seats: Number(exact / whole), remainder: exact % whole }
  })
  let left = count - shares.reduce((sum, { seats }) => sum + seats, 0)
  const byRemainder = [...shares].sort((a, b) => a.remainder === b.remainder ? a.n - b.n : a.remainder > b.remainder ? -1 : 1)
  for (const share of byRemainder) if (left-- > 0) share.seats++
  return shares.map(({ seats }) => seats)
}
