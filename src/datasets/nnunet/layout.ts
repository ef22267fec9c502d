import { DatasetError } from '../../errors.js'
import type { Label, LabelSet, Listing, Tree } from '../dataset.js'
import { creativeCommons } from '../description.js'
import { quoted } from '../file-names.js'
import { annotated, listingOf, Studies } from '../listing.js'
import { filesIn, isObject, jsonObject } from '../tree.js'

const DESCRIPTION = 'dataset.json'
const SPLITS = 'splits_final.json'

/**
 * nnU-Net v2: `dataset.json` with `channel_names` and `file_ending`; `imagesTr/{case}_0000.nii.gz` and further channels,
 * `labelsTr/{case}.nii.gz`, `imagesTs/`; or explicit paths under `dataset`.
 *
 * Source: the documentation of nnU-Net, "nnU-Net dataset format".
 *
 * @throws DatasetError when the files have a format that is not served
 */
export function findNnunet (tree: Tree): Listing | undefined {
  const json = jsonObject(tree, DESCRIPTION)
  if (json === undefined || !isObject(json['channel_names']) || typeof json['file_ending'] !== 'string') return undefined
  const ending = json['file_ending']
  if (!/^\.nii(?:\.gz)?$/i.test(ending)) throw new DatasetError(`${DESCRIPTION}: file_ending ${quoted(ending)} is not served; .nii.gz and .nii are`)
  const channels = Object.entries(json['channel_names']).sort(([a], [b]) => Number(a) - Number(b)).map(([, name]) => String(name))
  const set: LabelSet = { name: 'labels', labels: labelsOf(json['labels']) }
  const studies = new Studies()
  const add = (id: string, images: readonly string[], label: string | undefined, split: 'train' | 'test') => {
    const [imageKey] = images
    if (imageKey === undefined) return
    if (images.length < channels.length) studies.report(`${id} has ${images.length} of the ${channels.length} channels that ${DESCRIPTION} names`, id)
    studies.add({ id, imageKey, ...annotated(set, label), split, ...(channels.length > 1 && { channels: images.map((key, n) => ({ name: channels[n] ?? String(n), key })) }) })
  }
  const explicit = json['dataset']
  if (isObject(explicit)) {
    for (const [id, entry] of Object.entries(explicit)) {
      const { images, label } = isObject(entry) ? entry : {} as Record<string, unknown>
      if (!Array.isArray(images) || !images.every((image) => typeof image === 'string')) studies.report(`${DESCRIPTION}: dataset.${quoted(id)} has no list of images`)
      else add(id, images.map(plainKey), typeof label === 'string' ? plainKey(label) : undefined, 'train')
    }
  }
  for (const [folder, labels, split] of [['imagesTr', 'labelsTr', 'train'], ['imagesTs', 'labelsTs', 'test']] as const) {
    if (split === 'train' && isObject(explicit)) continue
    const annotations = new Set(filesIn(tree, labels))
    const cases = new Map<string, string[]>()
    for (const name of filesIn(tree, folder)) {
      const [, id, channel] = name.endsWith(ending) ? /^(.+)_(\d{4})$/.exec(name.slice(0, -ending.length)) ?? [] : []
      if (id === undefined) studies.report(`${folder}/${quoted(name)} is not named {case}_0000${ending} and is not served`)
      else if (Number(channel) < channels.length) cases.set(id, [...cases.get(id) ?? [], `${folder}/${name}`])
    }
    for (const [id, images] of cases) add(id, images, annotations.has(id + ending) ? `${labels}/${id}${ending}` : undefined, split)
  }
  return listingOf('nnunet', `${DESCRIPTION} has channel_names and file_ending`, studies, [set], {
    source: DESCRIPTION,
    description: describe(json),
    ...(channels.length > 1 && { channels }),
    ...foldsOf(tree, studies)
  })
}

/** `{ name: value }`, or `{ name: [values] }` for a region, whose voxels have any of these values. */
function labelsOf (labels: unknown): Label[] {
  return Object.entries(isObject(labels) ? labels : {}).flatMap(([name, value]): Label[] => {
    if (Array.isArray(value)) return [{ value: null, values: value.map(Number), name }]
    const number = Number(value)
    if (number === 0 || !Number.isInteger(number)) return []
    return [{ value: number, name, ...(name === 'ignore' && { ignored: true as const }) }]
  })
}

function describe (json: Record<string, unknown>): Partial<Listing['description'] & object> {
  const text = (field: string) => typeof json[field] === 'string' && json[field] !== '' ? json[field] as string : undefined
  const citation = json['citation']
  const license = creativeCommons(text('license') ?? text('licence') ?? '')
  const title = text('name') ?? text('description')
  const version = text('release')
  const cited = Array.isArray(citation) ? citation.join('; ') : text('citation') ?? text('reference')
  return { ...(title !== undefined && { title }), ...(version !== undefined && { version }), ...(cited !== undefined && { citation: cited }), ...(license !== undefined && { license }) }
}

/** `splits_final.json`: a list of `{ train, val }`, as cases. */
function foldsOf (tree: Tree, studies: Studies): Pick<Listing, 'folds'> {
  if (!tree.keys.includes(SPLITS)) return {}
  let json: unknown
  try {
    json = JSON.parse(tree.text(SPLITS) ?? '')
  } catch {}
  const isIds = (value: unknown): value is string[] => Array.isArray(value) && value.every((id) => typeof id === 'string')
  if (!Array.isArray(json) || !json.every((fold) => isObject(fold) && isIds(fold['train']) && isIds(fold['val']))) {
    studies.report(`${SPLITS} is not a list of {"train": […], "val": […]} and is not used`)
    return {}
  }
  const known = (ids: string[]) => ids.filter((id) => studies.has(id))
  return { folds: json.map(({ train, val }) => ({ train: known(train), val: known(val) })) }
}

/** A path from `dataset.json`; a path out of the root is refused when the file is opened. */
function plainKey (path: string): string {
  return path.split(/[/\\]/).filter((step) => step !== '' && step !== '.').join('/')
}
