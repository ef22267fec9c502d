import { join } from 'node:path'
import type { Dataset } from './dataset.js'
import { indexFolder } from './fastapi.js'
import { LineProcess } from './line-process.js'
import { PEERS } from './paths.js'
import { peersPython } from './tools.js'

/** A peer without a network: it reads in its own process, and says how long each read took. */
export class InProcess {
  readonly #process: LineProcess

  constructor (name: string, command: string, args: readonly string[]) {
    this.#process = new LineProcess(name, command, args, { env: { PYTHONDONTWRITEBYTECODE: '1' } })
  }

  /** Milliseconds of each read. Fails if one gave other bytes than expected. */
  async perform (job: Record<string, unknown>): Promise<number[]> {
    const { ms, problems } = await this.#process.ask<{ ms: number[], problems: string[] }>(job)
    if (problems.length > 0) throw new Error(`a peer reads wrongly: ${problems.slice(0, 3).join('; ')}`)
    return ms
  }

  async stop (): Promise<void> { await this.#process.stop() }
}

/** peers/read_slices.py in one of its modes, with all files of the dataset prepared. */
export async function startReader (dataset: Dataset, mode: 'open' | 'load' | 'tuned' | 'inflate'): Promise<InProcess> {
  const reader = new InProcess(`read_slices.py ${mode}`, await peersPython(),
    [join(PEERS, 'read_slices.py'), mode, await indexFolder(dataset)])
  await reader.perform({ prepare: dataset.studies.map(({ file }) => file) })
  return reader
}

export async function startWholeInflate (): Promise<InProcess> {
  return new InProcess('whole-inflate.ts', process.execPath, ['--import', 'tsx', join(PEERS, 'whole-inflate.ts')])
}

export async function startDownload (): Promise<InProcess> {
  return new InProcess('download.py', await peersPython(), [join(PEERS, 'download.py')])
}
