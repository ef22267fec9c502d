import { isIP } from 'node:net'
import { ConfigError } from '../../errors.js'

/** A data root that is no folder of this machine. */
export type RemoteAddress =
  | { kind: 'https', origin: string, path: string, where: string }
  | { kind: 's3', bucket: string, prefix: string, where: string }

/** Whether a data root is an address and no path. */
export function isAddress (root: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]+:\/\//.test(root)
}

/**
 * `https://host/prefix/` or `s3://bucket/prefix`; `http://` only of this machine, where nobody between can change bytes.
 *
 * @param setting what the address was given as, for messages
 * @throws ConfigError
 */
export function parseAddress (address: string, setting = 'DATA_ROOT'): RemoteAddress {
  const scheme = address.slice(0, address.indexOf('://')).toLowerCase()
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url === undefined || url.hostname === '') throw new ConfigError(setting, `${JSON.stringify(shownSafely(address))} is not an address: s3://bucket/prefix or https://host/prefix/`)
  if (url.username !== '' || url.password !== '') throw new ConfigError(setting, 'the address must not hold a name or password')
  if (url.search !== '' || url.hash !== '') throw new ConfigError(setting, 'the address must end with its path, without ? or #')
  if (scheme === 's3') return s3Address(address)
  if (scheme !== 'https' && scheme !== 'http') throw new ConfigError(setting, `${JSON.stringify(scheme)} addresses are not served; a folder, s3:// and https:// are`)
  if (scheme === 'http' && !isLoopback(url.hostname)) throw new ConfigError(setting, 'http:// is served from this machine only (127.0.0.1, localhost); use https://')
  const path = url.pathname.endsWith('/') ? url.pathname : `${url.pathname}/`
  return { kind: 'https', origin: url.origin, path, where: `${url.origin}${path}` }
}

/** Read from the text itself: the URL parser would change the letter case of a bucket. */
function s3Address (address: string): RemoteAddress {
  const [bucket = '', ...rest] = address.slice('s3://'.length).split('/')
  const prefix = rest.filter((part) => part !== '').join('/')
  return { kind: 's3', bucket, prefix: prefix === '' ? '' : `${prefix}/`, where: `s3://${bucket}/${prefix}` }
}

function isLoopback (hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'))
}

function shownSafely (address: string): string {
  return address.replace(/\/\/[^/@]*@/, '//…@')
}

/** A key as the path of an address: each name percent-encoded as S3 and RFC 3986 have it. */
export function encodedKey (key: string): string {
  return key.split('/').map((name) => encodeURIComponent(name).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)).join('/')
}
