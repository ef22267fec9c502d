import type { SliceGeometry } from '../../nifti/slice.js'
import type { Geometry, ReferenceGrid } from '../masks/mask-geometry.js'
import type { MaskOptions, MaskScore } from '../masks/mask-score.js'
import type { CaseMetrics } from '../runs/case-metrics.js'
import type { ScoredCase } from '../severity/scored-case.js'
import type { BootstrapPlan } from '../statistics/bootstrap.js'

// Messages to and from a scoring thread: plain data.

/** The dataset's own mask of a study, whole. */
export interface Reference { bits: Uint8Array, grid: ReferenceGrid }

/** @property file the prediction as sent; null is an empty one */
export interface MaskTask { file: Uint8Array | null, reference: Reference, options: MaskOptions }

export interface ScoredMask extends MaskScore { geometry: Geometry }

/** @property grey the windowed slice of the scan, rows * columns of the geometry */
export interface PictureTask { file: Uint8Array, reference: Reference, grey: Uint8Array, geometry: SliceGeometry, text: Readonly<Record<string, string>> }

export interface SeverityTask { cases: readonly ScoredCase[], bins: number, plan: BootstrapPlan, names: readonly string[] }

export interface AggregateTask { rows: readonly CaseMetrics[], plan: BootstrapPlan }

export interface CompareTask { a: readonly CaseMetrics[], b: readonly CaseMetrics[], plan: BootstrapPlan }
