import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { availableParallelism, totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { Type } from 'typebox'
import type { Static } from 'typebox'
import { Value } from 'typebox/value'
import { ConfigError } from './errors.js'

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

/** In bytes: the least cache that holds a few slices of any study while they are used. */
const LEAST_CACHE_BYTES = 16 * 2 ** 20

/**
 * In bytes: a quarter of the machine's memory, as databases take, and at most 2 GiB, which is some hundred studies.
 * The rest is for the page cache: it holds the `.nii.gz` files, which makes a first read of a slice fast.
 */
const DEFAULT_CACHE_BYTES = Math.max(LEAST_CACHE_BYTES, Math.min(2 * 2 ** 30, Math.floor(totalmem() / 4 / 2 ** 20) * 2 ** 20))

/** Every setting: its environment variable, its values, its default. `.env.example` and the README list the same. */
export const SETTINGS = Type.Object({
  DATA_ROOT: Type.Optional(Type.String({ minLength: 1, description: 'folder of the dataset, or its address: s3://bucket/prefix, https://host/prefix/; unset: a synthetic demo dataset is made and served' })),
  DATA_LAYOUT: Type.Optional(Type.String({ minLength: 1, description: 'layout of the dataset: mosmed, nnunet, msd, covid19-ct-seg, totalsegmentator, kits or plain; unset: found out' })),
  S3_ENDPOINT: Type.Optional(Type.String({ pattern: '^https?://[^/]+/?$', description: 'address of the S3 service, such as http://127.0.0.1:8333; unset: that of AWS in S3_REGION' })),
  S3_REGION: Type.Optional(Type.String({ minLength: 1, description: 'region of the bucket; unset: AWS_REGION, else us-east-1' })),
  STORE_FRESH: Type.Integer({ minimum: 1, maximum: 86_400, default: 60, description: 'seconds for which a file of an s3:// or https:// root is taken to be unchanged after its store said so' }),
  DISK_CACHE_BYTES: Type.Integer({ minimum: 0, maximum: 2 ** 50, default: 0, description: 'bytes of a local disk that decoded slices may take, so that they need not be fetched and inflated again; 0: none' }),
  DISK_CACHE_DIR: Type.Optional(Type.String({ minLength: 1, description: 'folder of the disk cache, of one process; unset: .niiserve/disk-cache' })),
  CATALOG_FILE: Type.Optional(Type.String({ minLength: 1, description: 'SQLite file of the catalog, or :memory:; unset: one per data root under .niiserve/' })),
  CATALOG_URL: Type.Optional(Type.String({ minLength: 1, description: 'folder of published catalogs (a path, file:// or s3://): the newest is served, and nothing is read into it; unset: this machine keeps its own' })),
  CATALOG_REFRESH: Type.Integer({ minimum: 1, maximum: 86_400, default: 30, description: 'seconds between two looks for a newer catalog in CATALOG_URL' }),
  INDEX_ROOT: Type.Optional(Type.String({ minLength: 1, description: 'folder (a path, file:// or s3://) for sidecars, which hold the histories of access points, 96 % of a catalog; unset: the catalog holds them' })),
  EVALUATIONS_FILE: Type.Optional(Type.String({ minLength: 1, description: 'SQLite file that evaluations of algorithms are kept in, or :memory:; unset: none are kept' })),
  HOST: Type.String({ minLength: 1, default: '127.0.0.1', description: 'address to listen on, or the path of a socket, such as /run/niiserve.sock' }),
  PORT: Type.Integer({ minimum: 0, maximum: 65535, default: 8080, description: 'port to listen on; 0: any free one' }),
  CACHE_BYTES: Type.Integer({ minimum: LEAST_CACHE_BYTES, maximum: 2 ** 40, default: DEFAULT_CACHE_BYTES, description: 'memory for decoded volumes, in bytes' }),
  DECODE_THREADS: Type.Integer({ minimum: 1, maximum: 256, default: availableParallelism(), description: 'threads that decode and render' }),
  API_KEYS: Type.Optional(Type.String({ minLength: 1, description: 'comma-separated keys, each `key` or `name=key`, one of which a request must carry; unset: open' })),
  API_KEYS_FILE: Type.Optional(Type.String({ minLength: 1, description: 'file with further keys, one per line, read again on SIGHUP' })),
  BASE_PATH: Type.Optional(Type.String({ pattern: '^(/[A-Za-z0-9._~-]+)+$', description: 'path below which clients see the service, such as /ct; unset: its root' })),
  TRUST_PROXY: Type.String({ default: 'loopback', description: 'comma-separated addresses and networks of proxies whose X-Forwarded-For, -Proto and -Prefix are believed, with loopback, linklocal and uniquelocal for those; none: nobody\'s' }),
  CORS_ORIGINS: Type.Optional(Type.String({ minLength: 1, description: 'comma-separated origins that browsers may call from, or *; unset: none' })),
  RATE_LIMIT: Type.Integer({ minimum: 0, maximum: 1_000_000, default: 0, description: 'requests a minute that one key, or one address without a key, may send; 0: any number' }),
  READY_WHEN: Type.Union([Type.Literal('listening'), Type.Literal('catalog')], { default: 'listening', description: 'when /readyz says yes: as soon as requests are taken, or when the catalog is up to date for the first time' }),
  CLIENT_TIMEOUT: Type.Integer({ minimum: 1, maximum: 86_400, default: 120, description: 'seconds after which a client that neither takes nor sends a byte is cut off' }),
  SHUTDOWN_DELAY: Type.Integer({ minimum: 0, maximum: 3_600, default: 1, description: 'seconds after SIGTERM in which /readyz says no and requests are still taken, so that load balancers notice' }),
  SHUTDOWN_GRACE: Type.Integer({ minimum: 1, maximum: 86_400, default: 30, description: 'seconds after SIGTERM in which answers in flight may finish' }),
  PUBLIC_URL: Type.Optional(Type.String({ pattern: '^https?://[^/]+(/.*)?$', description: 'address that clients reach the service at, for links that must be absolute; unset: the one each request was sent to' })),
  DICOMWEB: Type.Union([Type.Literal('on'), Type.Literal('off')], { default: 'on', description: 'whether viewers are answered under /dicomweb' }),
  OHIF_URL: Type.Optional(Type.String({ pattern: '^https?://[^/]+(/.*)?$', description: 'address of an OHIF viewer that reads from here; the web pages link to it. Unset: no link' })),
  OTEL_EXPORTER_OTLP_ENDPOINT: Type.Optional(Type.String({ pattern: '^https?://.', description: 'http(s) address of an OpenTelemetry collector that traces are sent to (OTLP over HTTP); unset: none' })),
  LOG_LEVEL: Type.Union(LOG_LEVELS.map((level) => Type.Literal(level)), { default: 'info', description: 'least severe log line that is written' })
})

type Settings = Static<typeof SETTINGS>

/** The configuration, frozen; the names include the units. */
export interface Config {
  /** an absolute path, or an address */
  readonly dataRoot: string | undefined
  readonly dataLayout: string | undefined
  readonly s3Endpoint: string | undefined
  readonly s3Region: string | undefined
  readonly storeFreshSeconds: number
  /** 0: none */
  readonly diskCacheBytes: number
  readonly diskCacheDir: string
  readonly catalogFile: string | undefined
  /** undefined: the catalog is this machine's own */
  readonly catalogUrl: string | undefined
  readonly catalogRefreshSeconds: number
  /** undefined: the catalog holds all histories itself */
  readonly indexRoot: string | undefined
  /** undefined: no evaluations are kept */
  readonly evaluationsFile: string | undefined
  readonly host: string
  readonly port: number
  readonly cacheBytes: number
  readonly decodeThreads: number
  /** `key` or `name=key`; if empty, the service needs no key */
  readonly apiKeys: readonly string[]
  /** empty, or `/a/b` */
  readonly basePath: string
  /** addresses, networks, and names known to proxy-addr */
  readonly trustProxy: readonly string[]
  readonly corsOrigins: readonly string[]
  /** 0: no limit */
  readonly rateLimitPerMinute: number
  readonly readyWhen: 'listening' | 'catalog'
  readonly clientTimeoutSeconds: number
  readonly shutdownDelaySeconds: number
  readonly shutdownGraceSeconds: number
  /** without a trailing slash */
  readonly publicUrl: string | undefined
  readonly dicomweb: boolean
  /** without a trailing slash */
  readonly ohifUrl: string | undefined
  readonly otlpEndpoint: string | undefined
  readonly logLevel: typeof LOG_LEVELS[number]
}

/**
 * Read the configuration from environment variables. An empty variable counts as unset, because compose files write unset
 * variables that way.
 *
 * @throws ConfigError naming the first invalid variable and its valid values
 */
export function readConfig (environment: NodeJS.ProcessEnv): Config {
  const settings: Record<string, unknown> = {}
  for (const [name, schema] of Object.entries(SETTINGS.properties)) {
    const given = environment[name]?.trim()
    const value = given === undefined || given === '' ? (schema as { default?: unknown }).default : valueOf(schema, given)
    if (value === undefined) continue
    if (!Value.Check(schema, value)) throw new ConfigError(name, `${JSON.stringify(given)} is not ${validValues(schema)}`)
    settings[name] = value
  }
  const read = settings as unknown as Settings
  return Object.freeze({
    dataRoot: read.DATA_ROOT === undefined || /^[a-z][a-z0-9+.-]+:\/\//i.test(read.DATA_ROOT) ? read.DATA_ROOT : resolve(read.DATA_ROOT),
    dataLayout: read.DATA_LAYOUT,
    s3Endpoint: read.S3_ENDPOINT?.replace(/\/+$/, ''),
    s3Region: read.S3_REGION,
    storeFreshSeconds: read.STORE_FRESH,
    diskCacheBytes: read.DISK_CACHE_BYTES,
    diskCacheDir: resolve(read.DISK_CACHE_DIR ?? join('.niiserve', 'disk-cache')),
    catalogFile: databaseFile(read.CATALOG_FILE),
    catalogUrl: read.CATALOG_URL,
    catalogRefreshSeconds: read.CATALOG_REFRESH,
    indexRoot: read.INDEX_ROOT,
    evaluationsFile: databaseFile(read.EVALUATIONS_FILE),
    host: read.HOST,
    port: read.PORT,
    cacheBytes: read.CACHE_BYTES,
    decodeThreads: read.DECODE_THREADS,
    apiKeys: [...listOf(read.API_KEYS), ...keysIn(read.API_KEYS_FILE)],
    basePath: read.BASE_PATH ?? '',
    trustProxy: networksOf(read.TRUST_PROXY),
    corsOrigins: listOf(read.CORS_ORIGINS),
    rateLimitPerMinute: read.RATE_LIMIT,
    readyWhen: read.READY_WHEN,
    clientTimeoutSeconds: read.CLIENT_TIMEOUT,
    shutdownDelaySeconds: read.SHUTDOWN_DELAY,
    shutdownGraceSeconds: read.SHUTDOWN_GRACE,
    publicUrl: read.PUBLIC_URL?.replace(/\/+$/, ''),
    dicomweb: read.DICOMWEB === 'on',
    ohifUrl: read.OHIF_URL?.replace(/\/+$/, ''),
    otlpEndpoint: read.OTEL_EXPORTER_OTLP_ENDPOINT,
    logLevel: read.LOG_LEVEL
  })
}

/** The absolute path of a database file; `:memory:` is no path and stays. */
function databaseFile (file: string | undefined): string | undefined {
  return file === undefined || file === ':memory:' ? file : resolve(file)
}

/** A number where the schema wants one: digits only, so that 80.5 or 0x50 is refused instead of converted. */
function valueOf (schema: object, given: string): unknown {
  return 'type' in schema && schema.type === 'integer' && /^\d{1,16}$/.test(given) ? Number(given) : given
}

function listOf (text: string | undefined): string[] {
  return text?.split(',').map((part) => part.trim()).filter((part) => part !== '') ?? []
}

/** @throws ConfigError for a value that is no address, no network and none of the names */
function networksOf (text: string): string[] {
  if (text === 'none') return []
  const networks = listOf(text)
  for (const network of networks) {
    const [address = '', bits, ...rest] = network.split('/')
    const version = isIP(address)
    const isNetwork = version !== 0 && rest.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128)))
    if (!isNetwork && !/^(loopback|linklocal|uniquelocal)$/.test(network)) {
      throw new ConfigError('TRUST_PROXY', `${JSON.stringify(network)} is not an address, a network such as 10.0.0.0/8, or one of loopback, linklocal, uniquelocal`)
    }
  }
  return networks
}

/** Keys in a file, one per line; skips empty lines and # comments. Refuses a file without keys: it would open the service. */
function keysIn (file: string | undefined): string[] {
  if (file === undefined) return []
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new ConfigError('API_KEYS_FILE', `${file} cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
  const keys = text.split('\n').map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'))
  if (keys.length === 0) throw new ConfigError('API_KEYS_FILE', `${file} holds no key`)
  return keys
}

function validValues (schema: object): string {
  const { minimum, maximum, anyOf, description } = schema as { minimum?: number, maximum?: number, anyOf?: { const: string }[], description?: string }
  if (minimum !== undefined) return `a whole number from ${minimum} to ${maximum}`
  if (anyOf !== undefined) return `one of ${anyOf.map((option) => option.const).join(', ')}`
  return `usable (${description})`
}
