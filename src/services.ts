import { createHash } from 'node:crypto'
import { basename, join, resolve } from 'node:path'
import { Catalog } from './catalog/catalog.js'
import { claimCatalog, claimRoot } from './catalog/claim.js'
import { demandCheck, openDatabase } from './catalog/database.js'
import { ignoredValues } from './catalog/label-rows.js'
import type { Config } from './config.js'
import { ConfigError } from './errors.js'
import { Evaluations } from './evaluation/runs/evaluations.js'
import { openRunDatabase } from './evaluation/runs/run-database.js'
import { RunStore } from './evaluation/runs/run-store.js'
import { MaskScoring } from './evaluation/scoring/mask-scoring.js'
import { ReferenceMasks } from './evaluation/scoring/reference-masks.js'
import { ScorePool } from './evaluation/scoring/score-pool.js'
import { SeverityScoring } from './evaluation/scoring/severity-scoring.js'
import { Ingest } from './ingest/ingest.js'
import type { IngestListener, IngestProgress } from './ingest/ingest.js'
import type { PublicationFacts, Replica } from './publishing/replica.js'
import type { DatasetDescription, Listing } from './datasets/dataset.js'
import { findDataset } from './datasets/layouts.js'
import type { FoundDataset } from './datasets/layouts.js'
import { DiskSlabs } from './storage/disk-slabs.js'
import { openFolder } from './storage/object-folder.js'
import { openRoot } from './storage/open-root.js'
import type { OpenRoot, ServedStore } from './storage/open-root.js'
import { isReference } from './sidecars/format.js'
import { Sidecars } from './sidecars/sidecars.js'
import type { RemoteFiles } from './storage/remote/remote-files.js'
import { SurveyPool } from './threads/survey-pool.js'
import { VoxelPool } from './threads/voxel-pool.js'
import { BatchPlanner } from './training/batch-planner.js'
import { BulkReader } from './training/bulk-reader.js'
import { SliceCatalog } from './training/slice-catalog.js'
import { SliceOrders } from './training/slice-orders.js'
import { StudySplits } from './training/study-splits.js'
import { WebDatasets } from './training/webdataset.js'
import { Admission } from './volumes/admission.js'
import { DiskCache } from './volumes/disk-cache.js'
import { FetchedWork } from './volumes/fetched-work.js'
import { Histories } from './volumes/histories.js'
import { ImageChannels } from './volumes/image-channels.js'
import { LabelVolumes } from './volumes/label-volumes.js'
import { OpenVolumes } from './volumes/open-volumes.js'
import { SlabCache } from './volumes/slab-cache.js'
import { SlabDecoder } from './volumes/slab-decoder.js'
import { workOnFiles } from './volumes/slab-work.js'
import { BoxAnswers } from './views/box-answers.js'
import { SliceAnswers } from './views/slice-answers.js'
import { VolumeHistograms } from './views/volume-histogram.js'
import { VolumeStreams } from './views/volume-streams.js'
import { VoxelReader } from './volumes/voxel-reader.js'

/** Everything that answers requests, without HTTP. */
export interface Services {
  config: Config
  store: ServedStore
  /** the same, of a root that is an address */
  remote: RemoteFiles | undefined
  disk: DiskSlabs | undefined
  dataset: DatasetDescription
  listing: Listing
  catalog: Catalog
  ingest: CatalogKeeper
  /** undefined where the catalog holds all histories itself */
  sidecars: Sidecars | undefined
  /** the published catalog that is served; undefined where the catalog is this machine's own */
  publication: (() => PublicationFacts) | undefined
  volumes: OpenVolumes
  labels: LabelVolumes
  channels: ImageChannels
  slices: SliceAnswers
  streams: VolumeStreams
  histograms: VolumeHistograms
  reader: VoxelReader
  cache: SlabCache
  pool: VoxelPool
  splits: StudySplits
  sliceCatalog: SliceCatalog
  batches: BatchPlanner
  bulk: BulkReader
  webDatasets: WebDatasets
  maskScoring: MaskScoring
  severityScoring: SeverityScoring
  /** undefined where none are kept */
  evaluations: Evaluations | undefined
  close: () => Promise<void>
}

/** Keeps the catalog: an ingest, which reads what is new; or a replica, which takes what was published. */
export interface CatalogKeeper {
  readonly progress: IngestProgress
  /** A study was found pending, or its files changed. */
  refresh: (studyId: string) => void
  stop: () => Promise<void>
}

/** Services whose catalog is read from the data root by this process. */
export interface IngestingServices extends Services { ingest: Ingest }

/** The default catalog file of a data root: each root has its own. */
export function defaultCatalogFile (root: string): string {
  const hash = createHash('sha256').update(root).digest('hex').slice(0, 8)
  const name = root.replace(/\/+$/, '')
  return resolve('.niiserve', `catalog-${basename(name).replace(/[^A-Za-z0-9._-]/g, '-')}-${hash}.sqlite`)
}

/** The folder of the demo dataset, used when no data root is configured. */
export function demoRoot (): string {
  return join(resolve('.niiserve'), 'demo')
}

/** Callbacks while services start and run. */
export interface ServicesListener extends IngestListener {
  catalogSetAside?: (name: string, reason: string) => void
  /** the catalog was written by older rules: how many studies were brought up to date, and how many are read again */
  catalogOutdated?: (studies: { updated: number, pending: number }) => void
}

/** Open and lock the catalog of a data root. @throws CatalogTaken when another process or root has it */
function openCatalog (file: string, root: string, onSetAside: ServicesListener['catalogSetAside']): Catalog {
  const claim = claimCatalog(file)
  try {
    const database = openDatabase(file, onSetAside)
    const catalog = new Catalog(database, claim.release)
    claimRoot(database, file, root)
    return catalog
  } catch (error) {
    claim.release()
    throw error
  }
}

/**
 * Open the data root and the catalog, and list the dataset; no image is read yet. `close` undoes this in reverse order.
 *
 * @param found what the data root holds, where that is known already, or only some of it is to be read
 * @throws DatasetError when there is no dataset, or its registry cannot be read; CatalogTaken; ConfigError when the file of
 *   evaluations cannot be opened
 */
export async function createServices (config: Config, dataRoot: string, listener: ServicesListener = {}, found?: FoundDataset): Promise<IngestingServices> {
  const root = await openRoot(dataRoot, config)
  const { store, remote } = root
  const { listing, description: dataset } = found ?? await root.find((tree) => findDataset(tree, config.dataLayout))
  const catalog = openCatalog(config.catalogFile ?? defaultCatalogFile(store.root), store.root, listener.catalogSetAside)
  catalog.describeLabels(listing.labelSets)
  const outdated = catalog.adopt()
  if (outdated.updated + outdated.pending > 0) listener.catalogOutdated?.(outdated)
  const sidecars = await sidecarsOf(config, catalog)
  const surveys = new SurveyPool(config.decodeThreads, store.spec, remote && (async (key) => await remote.download(key)))
  const ingest = new Ingest(catalog, remote?.forIngest ?? store, surveys, {
    ...listener,
    damaged: (reason) => {
      demandCheck(catalog.file)
      listener.damaged?.(reason)
    }
  }, sidecars)
  catalog.onUnsound = (studyId) => ingest.renew(studyId)
  ingest.list(listing)
  return { ...wired(config, root, { listing, dataset, catalog, ingest, sidecars, publication: undefined }, [ingest.stop.bind(ingest), surveys.close.bind(surveys)]), ingest }
}

/** Serve a catalog that was published: nothing is listed, read into it or written. @throws DatasetError when there is no data root */
export async function createReplicaServices (config: Config, dataRoot: string, replica: Replica): Promise<Services> {
  const { catalog, dataset: { listing, description: dataset } } = replica
  return wired(config, await openRoot(dataRoot, config), { listing, dataset, catalog, ingest: replica, sidecars: await sidecarsOf(config, catalog), publication: () => replica.publication }, [replica.stop.bind(replica)])
}

/** Where histories are kept besides the catalog. @throws ConfigError where the catalog refers to sidecars, and nobody says where they are */
async function sidecarsOf ({ indexRoot }: Config, catalog: Catalog): Promise<Sidecars | undefined> {
  if (indexRoot !== undefined) return new Sidecars(await openFolder(indexRoot, 'INDEX_ROOT'))
  if (isReference(catalog.anyHistory())) throw new ConfigError('INDEX_ROOT', 'the catalog keeps its histories in sidecars: name the folder that they were written to')
  return undefined
}

/** @param first what is stopped before the threads are */
function wired (config: Config, { store, remote }: OpenRoot, known: Pick<Services, 'listing' | 'dataset' | 'catalog' | 'ingest' | 'sidecars' | 'publication'>, first: readonly (() => Promise<void>)[]): Services {
  const { catalog, listing, ingest, sidecars } = known
  const runs = config.evaluationsFile === undefined ? undefined : new RunStore(openRunDatabase(config.evaluationsFile))
  const volumes = new OpenVolumes(catalog, store, (studyId) => ingest.refresh(studyId), ignoredValues(listing.labelSets))
  const labels = new LabelVolumes(volumes, listing.labelSets)
  const cache = new SlabCache(config.cacheBytes)
  const pool = new VoxelPool(config.decodeThreads, { store: store.spec, arena: cache.buffer })
  const fetching = remote && new FetchedWork(pool, remote)
  const disk = config.diskCacheBytes === 0 ? undefined : DiskSlabs.open(config.diskCacheDir, config.diskCacheBytes)
  disk?.find().catch(() => {}) // what cannot be read is not there
  const decoder = new SlabDecoder(new Histories(catalog, sidecars), volumes, pool, cache, fetching ?? workOnFiles(pool), disk && new DiskCache(disk, pool, cache, remote !== undefined))
  const reader = new VoxelReader(cache, decoder, pool, fetching)
  const slices = new SliceAnswers(reader, pool, config.cacheBytes)
  const admission = new Admission(config.cacheBytes)
  const orders = new SliceOrders(catalog)
  const sliceCatalog = new SliceCatalog(catalog, orders)
  const scores = new ScorePool(config.decodeThreads)
  const maskScoring = new MaskScoring(catalog, new ReferenceMasks(volumes, reader), volumes, slices, scores)
  const severityScoring = new SeverityScoring(catalog, scores, listing.scale)
  const streams = new VolumeStreams(reader, pool, admission)
  return {
    ...known,
    config,
    store,
    remote,
    disk,
    volumes,
    labels,
    channels: new ImageChannels(volumes, listing.channels ?? []),
    slices,
    streams,
    histograms: new VolumeHistograms(streams),
    reader,
    cache,
    pool,
    splits: new StudySplits(catalog, listing),
    sliceCatalog,
    batches: new BatchPlanner(volumes, labels),
    bulk: new BulkReader(slices, new BoxAnswers(reader, pool), reader, admission, config.cacheBytes, config.decodeThreads),
    webDatasets: new WebDatasets(catalog, orders, volumes, labels, reader, config.cacheBytes),
    maskScoring,
    severityScoring,
    evaluations: runs === undefined ? undefined : new Evaluations(runs, maskScoring, severityScoring, scores),
    close: async () => {
      remote?.endDownloads()
      for (const stop of first) await stop()
      await Promise.all([pool.close(), scores.close(), orders.close()])
      await remote?.close()
      catalog.close()
      runs?.close()
    }
  }
}
