import type { Config } from '../config.js'
import { makeDemoDataset } from '../demo/dataset.js'
import { demoRoot } from '../services.js'
import { progressBar } from './progress.js'

/** The folder to serve: the one configured, or the demo dataset, which is made if it is not there. */
export async function dataRootOf (config: Pick<Config, 'dataRoot'>): Promise<string> {
  if (config.dataRoot !== undefined) return config.dataRoot
  const root = demoRoot()
  await makeDemo(root)
  return root
}

/** Make the demo dataset in a folder, with a bar. */
export async function makeDemo (root: string): Promise<void> {
  const bar = progressBar('demo dataset', 'studies')
  await makeDemoDataset(root, { onProgress: (done, total) => bar.update(done, total) })
  bar.stop()
}
