import { hash } from 'node:crypto'
import { orderOfNumbers } from '../catalog/radix-order.js'
import { InvalidRequest } from '../errors.js'

export const PARTS = ['train', 'val', 'test'] as const
export type Part = typeof PARTS[number]

export const DEFAULT_RATIOS = '0.7,0.15,0.15'
export const MAX_FOLDS = 100

/** What a split needs to know of a study; it keeps the studies of one `patient` together. */
export interface SplitStudy { id: string, category: string | null, patient?: string | null }

/** Three exact shares that sum to 1: each entry of `parts` over `whole`. */
export interface Ratios { parts: readonly [bigint, bigint, bigint], whole: bigint }

/** The most decimal places of a ratio. */
const MAX_DIGITS = 12

/**
 * Read `ratios`, such as `0.7,0.15,0.15`. Decimals are exact, not the nearest binary fractions: the same split computed
 * by hand, or with Python's `Fraction`, meets no rounding.
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
 * Which part of a split each study is in (docs/contract.md, Training). Within a category, studies are ordered by the hex
 * SHA-256 of `"{seed}:{studyId}"` and cut at the ratios by largest remainder, ties to the earlier part. Studies of one
 * patient are consecutive, ordered by `"{seed}:{patient}"`, and all go to the part of the first of them.
 */
export function splitByRatios (studies: Iterable<SplitStudy>, seed: number, ratios: Ratios): Map<string, Part> {
  const partOf = new Map<string, Part>()
  for (const groups of orderedByCategory(studies, seed)) {
    const count = groups.reduce((sum, group) => sum + group.length, 0)
    const parts = largestRemainders(count, ratios).flatMap((size, n) => new Array<Part>(size).fill(PARTS[n]!))
    let first = 0
    for (const group of groups) {
      for (const id of group) partOf.set(id, parts[first]!)
      first += group.length
    }
  }
  return partOf
}

/** The fold that validates each study: of a category, fold f takes every n-th study from the f-th, with all of its patient's. */
export function splitByFolds (studies: Iterable<SplitStudy>, seed: number, folds: number): Map<string, number> {
  const foldOf = new Map<string, number>()
  for (const groups of orderedByCategory(studies, seed)) {
    let first = 0
    for (const group of groups) {
      for (const id of group) foldOf.set(id, first % folds)
      first += group.length
    }
  }
  return foldOf
}

/** Ids in the order of the hex SHA-256 of `"{seed}:{id}"`. */
export function shuffledIds (ids: Iterable<string>, seed: number | string): string[] {
  const all = [...ids]
  const hashes = all.map((id) => hash('sha256', `${seed}:${id}`, 'hex'))
  // The first 48 bits decide all but one comparison in millions; comparing texts takes ten times as long.
  const order = Array.from(orderOfNumbers(Float64Array.from(hashes, (hex) => parseInt(hex.slice(0, 12), 16))))
  for (let n = 1; n < order.length; n++) {
    for (let m = n; m > 0 && hashes[order[m]!]! < hashes[order[m - 1]!]!; m--) [order[m], order[m - 1]] = [order[m - 1]!, order[m]!]
  }
  return order.map((n) => all[n]!)
}

/** Per category, the ids of each patient's studies, in the seed's order; a patient has the category of the first study by id. */
function orderedByCategory (studies: Iterable<SplitStudy>, seed: number): string[][][] {
  const all = inOrderOfId(studies)
  const studiesOf = groupedByPatient(all)
  const byCategory = new Map<string | null, string[]>()
  for (const { id, category, patient } of all) {
    const name = patient ?? id
    if (studiesOf !== undefined && studiesOf.get(name)![0] !== id) continue
    const names = byCategory.get(category)
    if (names === undefined) byCategory.set(category, [name])
    else names.push(name)
  }
  return [...byCategory.values()].map((names) => shuffledIds(names, seed).map((name) => studiesOf?.get(name) ?? [name]))
}

/** The ids of each patient's studies; a study without a patient is one by itself. Undefined where no patient is known. */
function groupedByPatient (studies: readonly SplitStudy[]): Map<string, string[]> | undefined {
  if (studies.every(({ patient }) => patient == null)) return undefined
  const groups = new Map<string, string[]>()
  for (const { id, patient } of studies) {
    const ids = groups.get(patient ?? id)
    if (ids === undefined) groups.set(patient ?? id, [id])
    else ids.push(id)
  }
  return groups
}

function inOrderOfId (studies: Iterable<SplitStudy>): SplitStudy[] {
  const all = [...studies]
  // The catalog's are in order already.
  return all.every(({ id }, n) => n === 0 || all[n - 1]!.id < id) ? all : all.sort((a, b) => a.id < b.id ? -1 : 1)
}

/** Whole numbers that sum to `count`, closest to the ratios: Hamilton's method. */
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
