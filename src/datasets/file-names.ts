/** Study ids: safe in a URL, a file name and a shell, and never a hidden file. */
export const STUDY_ID = /^[A-Za-z0-9][A-Za-z0-9._-]*$/

/** PATH_MAX of Linux: a longer cell cannot be a path. */
const MAX_PATH_CHARACTERS = 4096

/** A path whose key is itself, a slash before it apart; of a hundred thousand rows nearly all. */
const PLAIN_PATH = /^\/?\w[\w.-]*(?:\/\w[\w.-]*)*$/

/** The name of a NIfTI file without its folders and `.nii` or `.nii.gz`, in any case; undefined for any other file. */
export function stemOf (key: string): string | undefined {
  return /(?:^|\/)([^/]+?)\.nii(?:\.gz)?$/i.exec(key)?.[1]
}

/**
 * The key of the store for a path in a registry, relative to the root, with or without a leading slash. Backslashes also
 * separate folders: registries made on Windows use them, and an id cannot hold one. `..` is refused even if the path
 * ends inside the root.
 *
 * @returns the key, or what is wrong with the path
 */
export function rootKey (path: string): string | { detail: string } {
  if (PLAIN_PATH.test(path) && path.length <= MAX_PATH_CHARACTERS) return path.startsWith('/') ? path.slice(1) : path
  const text = path.trim()
  if (text.length > MAX_PATH_CHARACTERS) return { detail: `has ${text.length} characters, too many for a path` }
  if (text === '') return { detail: 'is empty' }
  if (text.includes('\uFFFD')) return { detail: `${quoted(text)} has characters that are not UTF-8` }
  // eslint-disable-next-line no-control-regex -- control characters are what this looks for
  if (/[\u0000-\u001F\u007F]/.test(text)) return { detail: `${quoted(text)} has control characters` }
  if (/^(?:[A-Za-z]:[/\\]|[A-Za-z][A-Za-z0-9+.-]*:\/\/)/.test(text)) return { detail: `${quoted(text)} is not a path below the data root` }
  const steps = text.split(/[/\\]/).filter((step) => step !== '' && step !== '.')
  if (steps.includes('..')) return { detail: `${quoted(text)} leads out of its folder with ".."` }
  return steps.join('/')
}

/**
 * A text from a file, for a message: quoted, truncated if long, and with all but printable ASCII escaped, because
 * "CT\u20111" and "CT-1" look alike in a log.
 */
export function quoted (text: string): string {
  const escaped = JSON.stringify(text.slice(0, 80)).replace(/[^\x20-\x7E]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return text.length > 80 ? `${escaped.slice(0, -1)}…"` : escaped
}

/** A key for a message: unchanged if it is plain, else quoted. */
export function shown (key: string): string {
  return /^[\x21-\x7E]+$/.test(key) ? key : quoted(key)
}
