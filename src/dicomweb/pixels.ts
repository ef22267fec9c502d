import { part10Head } from '../dicom/part10.js'
import { joinBits, packedBytes } from '../render/bits.js'
import type { Services } from '../services.js'
import type { Answer, AnswerStream } from '../views/answer.js'
import type { SliceAnswers } from '../views/slice-answers.js'
import { planArray, planMaskBits } from '../views/slice-plan.js'
import type { ArrayPlan } from '../views/slice-plan.js'
import { onceBegun } from '../volumes/caller.js'
import type { Caller } from '../volumes/caller.js'
import type { OpenVolume } from '../volumes/open-volumes.js'
import { segmentFile } from './annotations.js'
import type { AnnotatedSegment, SegmentFile } from './annotations.js'
import type { DicomSeries } from './archive.js'

/** A part to send: bytes, a slice still to be read, or frames of bits that share a byte where they meet. */
export type Part = Uint8Array | ArrayPlan | { joined: ArrayPlan[], bits: number }

/** Plans the pixels of a series; nothing is read yet. */
export class PixelPlans {
  private readonly files = new Map<AnnotatedSegment, SegmentFile>()

  constructor (private readonly services: Services, private readonly image: OpenVolume, private readonly series: DicomSeries) {}

  /**
   * One frame, from 0: HU in int16, or bits, the first in the lowest bit of its byte.
   *
   * @throws as `OpenVolumes.open` where the series is a segmentation
   */
  frame (instance: number, frame: number): ArrayPlan {
    const index = this.series.sliceOf(instance, frame)
    const segment = this.series.segmentOf?.(frame)
    if (segment !== undefined) return planMaskBits(this.image, this.fileOf(segment), index)
    return planArray(this.image, { format: 'raw', plane: 'axial', index, orientation: 'radiological', dtype: 'int16', window: undefined, size: undefined, aspect: undefined })
  }

  /** Opened once, so that all frames of one answer are of one state of its file. */
  private fileOf (segment: AnnotatedSegment): SegmentFile {
    const file = this.files.get(segment) ?? segmentFile(this.services, this.series.study.id, segment.voxels)
    this.files.set(segment, file)
    return file
  }

  /** A whole instance as a DICOM file. @throws as `frame` */
  instance (instance: number): Part[] {
    const { series } = this
    const plans = Array.from({ length: series.frames }, (_, frame) => this.frame(instance, frame))
    const { rows, columns } = plans[0]!
    const pixels: Part[] = series.modality === 'SEG' && rows * columns % 8 !== 0 ? [{ joined: plans, bits: rows * columns }] : plans
    const bytes = lengthOf(pixels)
    const head = part10Head(series.attributes(instance), { vr: series.modality === 'SEG' ? 'OB' : 'OW', bytes })
    return [head, ...pixels, ...bytes % 2 === 0 ? [] : [new Uint8Array(1)]]
  }
}

/** Total bytes of the parts. */
export function lengthOf (parts: readonly Part[]): number {
  return parts.reduce((sum, part) => sum + ('joined' in part ? packedBytes(part.joined.length * part.bits) : part.length), 0)
}

/**
 * The parts as they are read; bytes before a slice are sent with it, in one write.
 *
 * @throws as `SliceAnswers.array`
 */
export async function * streamOf (slices: SliceAnswers, parts: readonly Part[], signal: AbortSignal): AnswerStream {
  let before: Uint8Array[] = []
  let caller: Caller = { signal }
  for (const part of parts) {
    if (part instanceof Uint8Array) {
      before.push(part)
      continue
    }
    const { chunks, ...answer } = 'joined' in part ? await joined(slices, part, caller) : await answerOf(slices, part, caller)
    yield { ...answer, chunks: [...before, ...chunks] }
    before = []
    caller = onceBegun(caller)
  }
  if (before.length > 0) yield { chunks: before, release: () => {}, cache: 'hit', decodeMs: 0 }
}

/** One slice, at once if it is in memory. */
export function answerOf (slices: SliceAnswers, plan: ArrayPlan, caller: Caller): Answer | Promise<Answer> {
  return slices.heldArray(plan) ?? slices.array(plan, caller)
}

async function joined (slices: SliceAnswers, { joined: plans, bits }: { joined: readonly ArrayPlan[], bits: number }, caller: Caller): Promise<Answer> {
  const answers: Answer[] = []
  try {
    for (const plan of plans) answers.push(await answerOf(slices, plan, caller))
    return { ...answers[0]!, chunks: [joinBits(answers.map(({ chunks }) => chunks[0]!), bits)], release: () => {} }
  } finally {
    for (const { release } of answers) release()
  }
}
