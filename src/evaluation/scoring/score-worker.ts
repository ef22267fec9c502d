import { move, transferableSymbol, valueSymbol } from 'piscina'
import { outcomeOf } from '../../threads/faults.js'
import type { Outcome } from '../../threads/faults.js'
import { sayLoaded } from '../../threads/loaded.js'
import { drawDifference } from '../masks/difference-picture.js'
import { scoreMask } from '../masks/mask-score.js'
import { readPrediction } from '../masks/prediction.js'
import { aggregate } from '../runs/aggregates.js'
import type { Aggregates } from '../runs/aggregates.js'
import { compareMasks } from '../runs/comparison.js'
import type { MetricDifference } from '../runs/comparison.js'
import { scoreSeverity } from '../severity/severity-score.js'
import type { SeverityScore } from '../severity/severity-score.js'
import type { AggregateTask, CompareTask, MaskTask, PictureTask, ScoredMask, SeverityTask } from './score-tasks.js'

// A scoring thread: each export is one kind of work. It takes bytes, returns figures and reads no file.

export async function mask ({ file, reference, options }: MaskTask): Promise<Outcome<ScoredMask>> {
  return await outcomeOf(() => {
    const prediction = file === null ? { bits: new Uint8Array(reference.bits.length), geometry: 'same' as const } : readPrediction(file, reference.grid)
    return { geometry: prediction.geometry, ...scoreMask(reference.bits, prediction.bits, reference.grid.shape, options) }
  })
}

export async function picture ({ file, reference, grey, geometry, text }: PictureTask): Promise<Outcome<Uint8Array>> {
  const outcome = await outcomeOf(async () => Uint8Array.from(await drawDifference({
    grey, geometry, reference: reference.bits, prediction: readPrediction(file, reference.grid).bits, text
  })))
  if ('fault' in outcome) return outcome
  return move({ [transferableSymbol]: outcome.value.buffer, [valueSymbol]: outcome } as unknown as ArrayBuffer) as unknown as Outcome<Uint8Array>
}

export async function severity ({ cases, bins, plan, names }: SeverityTask): Promise<Outcome<SeverityScore>> {
  return await outcomeOf(() => scoreSeverity(cases, bins, plan, names))
}

export async function aggregates ({ rows, plan }: AggregateTask): Promise<Outcome<Aggregates>> {
  return await outcomeOf(() => aggregate(rows, plan))
}

export async function comparison ({ a, b, plan }: CompareTask): Promise<Outcome<Record<string, MetricDifference>>> {
  return await outcomeOf(() => compareMasks(a, b, plan))
}

sayLoaded()
