import { startLoader, type Loader } from '../loaders.js'
import { serve, SMALL_CACHE_BYTES } from '../niiserve.js'
import { interleaved } from '../rounds.js'
import type { Row, Scenario } from '../scenario.js'
import { partOf, randomSlices } from '../slices.js'

const BATCH = 32
/** Worker processes of the DataLoader (peers/loader.py): a round is a batch of each at least. */
const WORKERS = 2
const BATCHES_A_ROUND = 20
/** nib.load for each slice takes a whole inflate's time on average: a few batches tell. */
const SLOW_BATCHES_A_ROUND = 4

/** What a training job gets a second, in its own process and as tensors: from niiserve, and from its own disk. */
export const training: Scenario = {
  name: 'training',
  title: `random batches of ${BATCH}, as tensors in the training process`,
  async run (bench) {
    const dataset = await bench.fullSize()
    const slices = randomSlices(dataset, 6)
    const ours = await serve(dataset, SMALL_CACHE_BYTES)
    // All of them need torch: without it there is no training process to read into.
    const loaders = await bench.peer('torch DataLoader', async () => ({
      batches: await startLoader(dataset, 'batches'),
      webdataset: await startLoader(dataset, 'webdataset'),
      nibabel: await startLoader(dataset, 'nibabel'),
      open: await startLoader(dataset, 'open'),
      tuned: await startLoader(dataset, 'tuned')
    }))
    if (loaders === undefined) return []
    const some = (batches: number) => (loader: Loader) => async (round: number) => {
      const count = Math.max(WORKERS, Math.ceil(batches * bench.scale)) * BATCH
      return await loader.perSecond(partOf(slices, round, count), { port: ours.port, batch: BATCH, seed: round })
    }
    const results = await interleaved<keyof typeof loaders, number>(bench.rounds, {
      batches: some(BATCHES_A_ROUND)(loaders.batches),
      tuned: some(BATCHES_A_ROUND)(loaders.tuned),
      webdataset: some(BATCHES_A_ROUND)(loaders.webdataset),
      nibabel: some(SLOW_BATCHES_A_ROUND)(loaders.nibabel),
      open: some(SLOW_BATCHES_A_ROUND)(loaders.open)
    })
    const row = (what: string, from: number[], peer: number[], least?: number): Row =>
      ({ what, unit: 'slices/s', better: 'more', ours: from, peer, ...(least === undefined ? {} : { least }) })
    return [
      row(`batches of ${BATCH} over HTTP against DataLoader (2 workers) with nibabel, nib.load for each slice`, results.batches, results.nibabel, 12),
      row('the same with images kept open in each worker', results.batches, results.open),
      row(`batches of ${BATCH} over HTTP against DataLoader (2 workers) with tuned indexed_gzip`, results.batches, results.tuned, 1),
      row('WebDataset stream, shuffled, against DataLoader (2 workers) with nibabel, nib.load for each slice', results.webdataset, results.nibabel, 15)
    ]
  }
}
