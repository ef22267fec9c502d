import type { Config } from '../config.js'
import { makeDemoDataset } from '../demo/dataset.js'
import { DEMO_LAYOUT_NAMES } from '../demo/demo-layouts.js'
import { ConfigError } from '../errors.js'
import { demoRoot } from '../services.js'
import { progressBar } from './progress.js'

/** The folder to serve: the configured one, or the demo dataset, which is made if missing. */
export async function dataRootOf (config: Pick<Config, 'dataRoot'>): Promise<string> {
  if (config.dataRoot !== undefined) return config.dataRoot
  const root = demoRoot()
  await makeDemo(root)
  return root
}

/** Make the demo dataset in a folder, with a progress bar. @throws ConfigError for an unknown layout */
export async function makeDemo (root: string, layout: string = 'mosmed'): Promise<void> {
  const known = DEMO_LAYOUT_NAMES.find((name) => name === layout)
  if (known === undefined) throw new ConfigError('--layout', `${JSON.stringify(layout)} is none of ${DEMO_LAYOUT_NAMES.join(', ')}`)
  const bar = progressBar('demo dataset', 'studies')
  await makeDemoDataset(root, { layout: known, onProgress: (done, total) => bar.update(done, total) })
  bar.stop()
}
