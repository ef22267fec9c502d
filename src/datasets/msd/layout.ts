import type { Label, LabelSet, Listing, Tree } from '../dataset.js'
import { creativeCommons } from '../description.js'
import { rootKey, stemOf } from '../file-names.js'
import { annotated, listingOf, Studies } from '../listing.js'
import { isObject, jsonObject } from '../tree.js'

const DESCRIPTION = 'dataset.json'

/**
 * The Medical Segmentation Decathlon, and nnU-Net v1 after it: `dataset.json` with `modality`, `labels` from values to
 * names, `training` with images and labels, `test` with images.
 *
 * nnU-Net v1 keeps each channel in its own file, `{case}_0000.nii.gz`, although `dataset.json` says `{case}.nii.gz`.
 *
 * Source: http://medicaldecathlon.com, dataset.json of the ten tasks.
 */
export function findMsd (tree: Tree): Listing | undefined {
  const json = jsonObject(tree, DESCRIPTION)
  if (json === undefined || !isObject(json['modality']) || !Array.isArray(json['training']) || !isObject(json['labels'])) return undefined
  const there = new Set(tree.keys)
  const channels = Object.entries(json['modality']).sort(([a], [b]) => Number(a) - Number(b)).map(([, name]) => String(name))
  const set: LabelSet = { name: 'labels', labels: labelsOf(json['labels']) }
  const studies = new Studies()
  const add = (entry: unknown, split: 'train' | 'test') => {
    const { image, label } = isObject(entry) ? entry : { image: entry, label: undefined }
    const key = rootKey(typeof image === 'string' ? image : '')
    const labelKey = typeof label === 'string' ? rootKey(label) : undefined
    if (typeof key !== 'string') return studies.report(`${DESCRIPTION}: an image of ${split === 'train' ? 'training' : 'test'} ${key.detail}`)
    const id = stemOf(key)
    if (id === undefined) return studies.report(`${DESCRIPTION}: ${key} is not a .nii or .nii.gz file`)
    if (id.startsWith('._')) return // macOS metadata, frequent in the Decathlon's archives
    const apart = there.has(key) ? [] : channels.map((_, n) => key.replace(/(\.nii(?:\.gz)?)$/i, `_${String(n).padStart(4, '0')}$1`)).filter((one) => there.has(one))
    studies.add({
      id,
      imageKey: apart[0] ?? key,
      ...annotated(set, typeof labelKey === 'string' ? labelKey : undefined),
      split,
      ...(apart.length > 1 && { channels: apart.map((one, n) => ({ name: channels[n]!, key: one })) })
    })
  }
  for (const entry of json['training']) add(entry, 'train')
  for (const entry of Array.isArray(json['test']) ? json['test'] : []) add(entry, 'test')
  return listingOf('msd', `${DESCRIPTION} has modality, labels and training`, studies, [set], { source: DESCRIPTION, description: describe(json), ...(channels.length > 1 && { channels }) })
}

/** `{ "1": "liver" }`; some files write the name as a number. */
function labelsOf (labels: Record<string, unknown>): Label[] {
  return Object.entries(labels).flatMap(([value, name]): Label[] => {
    const number = Number(value)
    return number === 0 || !Number.isInteger(number) ? [] : [{ value: number, name: String(name) }]
  })
}

function describe (json: Record<string, unknown>): Partial<Listing['description'] & object> {
  const text = (field: string) => typeof json[field] === 'string' && json[field] !== '' ? json[field] as string : undefined
  const license = creativeCommons((text('licence') ?? text('license') ?? '').replace(/^CC-BY/i, 'CC BY'))
  const [title, version, citation] = [text('name'), text('release'), text('reference')]
  return { ...(title !== undefined && { title }), ...(version !== undefined && { version }), ...(citation !== undefined && { citation }), ...(license !== undefined && { license }) }
}
