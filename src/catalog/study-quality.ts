import { createHash } from 'node:crypto'
import { statement } from './database.js'
import type { Database } from './database.js'
import { layoutAsRead } from '../nifti/volume.js'
import type { NamedLabelSet } from './label-rows.js'
import { qualityOf } from './quality.js'
import type { CheckedFile, QualityItem } from './quality.js'
import type { StudyRecord, VolumeRecord } from './study.js'

/** What is odd about a study that was read, from what the catalog keeps of its files. */
export function qualityOfStudy ({ image, mask, labels }: StudyRecord, sets: readonly NamedLabelSet[]): QualityItem[] {
  const annotations = [...mask === undefined ? [] : [mask], ...labels].filter(({ kind }) => kind !== 'image').map((record) => {
    return { ...checked(record), ...annotationAt(record.slot, sets) }
  })
  return qualityOf(image && checked(image), annotations, sets)
}

/** The set, and the label, whose voxels are in a slot of a study; the mask is of the first set. */
export function annotationAt (slot: string, sets: readonly NamedLabelSet[]): { set: string | null, label: string | null } {
  const [, set = sets[0]?.name ?? null, label = null] = /^labels:([^:]*)(?::(.*))?$/s.exec(slot) ?? []
  return { set, label }
}

/** A mask has its image's geometry in the catalog; here its own counts. */
function checked ({ layout, header, ...record }: VolumeRecord): CheckedFile {
  return { ...record, header, layout: layout === null || header === null ? null : layoutAsRead(header) }
}

/** Names the voxels of a volume by their shape, type and checksums: equal where the stored voxels are. */
export function voxelsHash (headerBytes: Uint8Array, crcs: Uint8Array): string {
  // dim, intent and datatype with bitpix: bytes 40 to 74 of NIfTI-1, 12 to 80 of NIfTI-2.
  const isFirst = headerBytes.length < 540
  const parts = isFirst ? [[40, 56], [70, 74]] : [[16, 80], [12, 16]]
  const hash = createHash('sha256')
  for (const [from, to] of parts) hash.update(headerBytes.subarray(from, to))
  return hash.update(crcs).digest('hex').slice(0, 32)
}

/** A finding as it is kept, and its study. */
export type StudyQualityItem = QualityItem & { study: string }

/** Findings of all studies, in order of the id; images whose voxels are equal among them. */
export function * qualityItems (database: Database): Generator<StudyQualityItem> {
  const equal = equalVoxels(database)
  const rows = statement(database, 'SELECT id, quality FROM studies WHERE quality != \'[]\' OR id IN (SELECT value FROM json_each(?)) ORDER BY id')
    .all(JSON.stringify([...equal.keys()])) as { id: string, quality: string }[]
  for (const { id, quality } of rows) {
    for (const item of JSON.parse(quality) as QualityItem[]) yield { study: id, ...item }
    const others = equal.get(id)
    if (others !== undefined) yield { study: id, kind: 'voxels-equal', severity: 'warning', detail: `Every voxel of its image is equal to that of ${others.join(', ')}.`, shows: 'image' }
  }
}

/** By study, the others whose images have equal voxels. */
function equalVoxels (database: Database): Map<string, string[]> {
  const groups = statement(database, 'SELECT group_concat(study_id, char(10)) FROM volumes WHERE kind = \'image\' AND voxels IS NOT NULL GROUP BY voxels HAVING COUNT(*) > 1').pluck().all() as string[]
  return new Map(groups.flatMap((group) => {
    const ids = group.split('\n').sort()
    return ids.map((id) => [id, ids.filter((other) => other !== id)] as const)
  }))
}
