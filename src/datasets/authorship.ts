import { DatasetError } from '../errors.js'

/** Who made a dataset, when, and what it is in a few sentences; fields it does not give are absent. */
export interface Authorship {
  description?: string
  creator?: readonly Creator[]
  /** YYYY-MM-DD */
  datePublished?: string
}

/** A person or an organisation. */
export interface Creator { type: 'Person' | 'Organization', name: string, url?: string }

/**
 * Read it from a description file: `description`, `datePublished` (`2020-05-13`), and `creator`: a name,
 * `{ "name", "url", "type" }`, or a list of these. A creator without a type is an organisation.
 *
 * @param file the file's name, for messages
 * @throws DatasetError when a field is invalid
 */
export function authorshipOf (file: string, { description, creator, datePublished }: Readonly<Record<string, unknown>>): Authorship {
  const wrong = (detail: string) => new DatasetError(`${file}: ${detail}`)
  const read: Authorship = {}
  if (description != null) {
    if (typeof description !== 'string' || description === '') throw wrong('description must be a text')
    read.description = description
  }
  if (datePublished != null) {
    if (typeof datePublished !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(datePublished) || Number.isNaN(Date.parse(datePublished))) throw wrong('datePublished must be a date such as 2020-05-13')
    read.datePublished = datePublished
  }
  if (creator != null) {
    read.creator = [creator].flat().map((one) => {
      const { name, url, type = 'Organization' } = typeof one === 'string' ? { name: one } as Record<string, unknown> : Object(one) as Record<string, unknown>
      const isNamed = typeof name === 'string' && name !== '' && (type === 'Person' || type === 'Organization')
      if (!isNamed || (url !== undefined && !(typeof url === 'string' && /^https?:\/\/./.test(url)))) throw wrong('creator must be a name, {"name": "…", "url": "https://…", "type": "Person" or "Organization"}, or a list of them')
      return { type, name, ...(typeof url === 'string' && { url }) } as Creator
    })
  }
  return read
}
