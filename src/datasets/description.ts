import { basename } from 'node:path'
import { DatasetError } from '../errors.js'
import type { TreeFiles } from '../storage/object-store.js'
import { authorshipOf } from './authorship.js'
import type { DatasetDescription, Label, LabelSet, Rgb, Scale } from './dataset.js'
import { isObject } from './tree.js'

/** The file beside the data that describes what no layout can know. */
export const OWN_FILE = 'niiserve.json'
/** Its older name, which other tools use as well. */
export const OLD_FILE = 'dataset.json'
const MAX_DESCRIPTION_BYTES = 64 * 1024

/** What `niiserve.json` may say; everything is optional. */
export interface OwnDescription {
  /** the file's name, for messages */
  file: string
  dataset: Partial<DatasetDescription>
  layout?: string
  scale?: Scale
  labelSets?: LabelSet[]
  /** key of the table that lists the studies */
  studies?: string
}

/**
 * The folder's own description: its `niiserve.json`, else a `dataset.json` that is not another tool's.
 *
 * @throws DatasetError when it is not a JSON object, or a field is invalid
 */
export function readOwnDescription (store: TreeFiles): OwnDescription | undefined {
  for (const file of [OWN_FILE, OLD_FILE]) {
    const bytes = store.readSmall(file, file === OWN_FILE ? MAX_DESCRIPTION_BYTES : MAX_OF_OTHERS)
    if (bytes === undefined) continue
    const json = parseObject(file, bytes.toString('utf8'))
    if (file === OLD_FILE && isOfAnotherTool(json)) continue
    if (bytes.length > MAX_DESCRIPTION_BYTES) throw new DatasetError(`${file} has ${bytes.length} bytes; at most ${MAX_DESCRIPTION_BYTES} are read`)
    const { layout, studies } = textsOf(file, json, ['layout', 'studies'])
    const scale = scaleOf(file, json['categories'])
    const labelSets = labelSetsOf(file, json['labels'])
    return {
      file,
      dataset: datasetOf(file, json),
      ...(layout !== undefined && { layout }),
      ...(studies !== undefined && { studies }),
      ...(scale !== undefined && { scale }),
      ...(labelSets !== undefined && { labelSets })
    }
  }
  return undefined
}

/** In bytes: nnU-Net's `dataset.json` may list every case of a large dataset, and only its keys tell that it is nnU-Net's. */
const MAX_OF_OTHERS = 32 * 2 ** 20

/** The whole description: the folder's own, else what its layout knows, else only its name. */
export function describeDataset (root: string, own: Partial<DatasetDescription> | undefined, known: Partial<DatasetDescription> | undefined): DatasetDescription {
  const name = basename(root)
  const described = own !== undefined && Object.keys(own).length > 0 ? own : known
  return { title: name, version: null, license: null, citation: null, url: null, ...described, id: idFrom(described?.id ?? name) }
}

function datasetOf (file: string, json: Record<string, unknown>): Partial<DatasetDescription> {
  const texts = textsOf(file, json, ['id', 'title', 'version', 'citation', 'url'])
  const license = json['license'] ?? json['licence']
  return { ...texts, ...(license !== undefined && license !== null && { license: licenseFrom(file, license) }), ...authorshipOf(file, json) }
}

function textsOf<Name extends string> (file: string, json: Record<string, unknown>, names: readonly Name[]): Partial<Record<Name, string>> {
  const texts: Partial<Record<Name, string>> = {}
  for (const name of names) {
    const given = json[name]
    if (given === undefined || given === null) continue
    const value = name === 'version' && typeof given === 'number' ? String(given) : given
    if (typeof value !== 'string' || value === '') throw new DatasetError(`${file}: ${name} must be a text`)
    texts[name] = value
  }
  return texts
}

/** `[{ "id", "title", "description", "involvement": { "min", "max" } }]`, in order. */
function scaleOf (file: string, value: unknown): Scale | undefined {
  if (value === undefined) return undefined
  const wrong = new DatasetError(`${file}: categories must be [{"id": "…", "title": "…"}] in order, every id once`)
  if (!Array.isArray(value) || value.length === 0) throw wrong
  const grades = value.map((grade: unknown) => {
    const { id, title, description, involvement } = isObject(grade) ? grade : {} as Record<string, unknown>
    if (typeof id !== 'string' || id === '' || (title !== undefined && typeof title !== 'string')) throw wrong
    const { min, max } = isObject(involvement) ? involvement : {} as Record<string, unknown>
    return {
      id,
      title: title ?? id,
      description: typeof description === 'string' ? description : null,
      involvement: typeof min === 'number' && typeof max === 'number' ? { min, max } : null
    }
  })
  if (new Set(grades.map(({ id }) => id)).size < grades.length) throw wrong
  return { grades }
}

/** `{ "set": [{ "value": 1, "name": "…", "color": "#rrggbb" }] }` */
function labelSetsOf (file: string, value: unknown): LabelSet[] | undefined {
  if (value === undefined) return undefined
  const wrong = new DatasetError(`${file}: labels must be {"set": [{"value": 1, "name": "…", "color": "#rrggbb"}]}`)
  if (!isObject(value)) throw wrong
  return Object.entries(value).map(([name, labels]) => {
    if (!Array.isArray(labels)) throw wrong
    return {
      name,
      labels: labels.map((label: unknown): Label => {
        const { value: number, name, color } = isObject(label) ? label : {} as Record<string, unknown>
        if (!Number.isInteger(number) || number === 0 || typeof name !== 'string' || name === '') throw wrong
        const rgb = color === undefined ? undefined : colorOf(color)
        if (color !== undefined && rgb === undefined) throw wrong
        return { value: number as number, name, ...(rgb !== undefined && { color: rgb }) }
      })
    }
  })
}

function colorOf (color: unknown): Rgb | undefined {
  const [, red, green, blue] = typeof color === 'string' ? /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(color) ?? [] : []
  return red === undefined ? undefined : [parseInt(red, 16), parseInt(green!, 16), parseInt(blue!, 16)]
}

function parseObject (file: string, text: string): Record<string, unknown> {
  let json: unknown
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch {}
  if (!isObject(json)) throw new DatasetError(`${file} is not a JSON object`)
  return json
}

/** The `dataset.json` of the Medical Segmentation Decathlon and nnU-Net: same place, other meanings for the same keys. */
function isOfAnotherTool (json: Record<string, unknown>): boolean {
  return 'labels' in json && ('channel_names' in json || 'modality' in json)
}

/** The address is sent in a `Link` header, so it must be a plain web address. */
function licenseFrom (file: string, value: unknown): { name: string, url: string } {
  const named = typeof value === 'string' ? creativeCommons(value) : undefined
  if (named !== undefined) return named
  const { name, url } = Object(value) as Record<string, unknown>
  if (typeof name !== 'string' || typeof url !== 'string' || !/^https?:\/\/[!#-;=?-~]+$/.test(url)) {
    throw new DatasetError(`${file}: license must be {"name": "…", "url": "https://…"}`)
  }
  return { name, url }
}

/** Derives a licence's address from its name: `CC BY-NC-ND 3.0` is https://creativecommons.org/licenses/by-nc-nd/3.0/. */
export function creativeCommons (name: string): { name: string, url: string } | undefined {
  const [, terms, version] = /^CC[ -](BY(?:-NC)?(?:-ND|-SA)?) (\d\.\d)$/i.exec(name.trim()) ?? []
  if (terms === undefined) return undefined
  return { name: name.trim(), url: `https://creativecommons.org/licenses/${terms.toLowerCase()}/${version}/` }
}

function idFrom (name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9._-]+/g, '-').replace(/^[^a-z0-9]+|-+$/g, '') || 'dataset'
}
