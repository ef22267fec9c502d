import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Dataset } from './dataset.js'
import { LineProcess } from './line-process.js'
import { PEERS, WORKSPACE } from './paths.js'
import { ready, start } from './processes.js'
import type { Server } from './server.js'
import type { SliceOf } from './slices.js'
import { peersPython, program } from './tools.js'
import { freePort } from '../test/support/free-ports.js'

/** Orthanc as Debian packs it, with its REST server alone. */
export async function startOrthanc (): Promise<Server> {
  const orthanc = program('Orthanc', 'apt-get install orthanc')
  const home = join(WORKSPACE, 'orthanc')
  await rm(home, { recursive: true, force: true })
  await mkdir(home, { recursive: true })
  const port = await freePort()
  const settings = join(home, 'orthanc.json')
  await writeFile(settings, JSON.stringify({
    Name: 'bench',
    StorageDirectory: join(home, 'storage'),
    IndexDirectory: join(home, 'storage'),
    StorageCompression: false,
    HttpPort: port,
    RemoteAccessAllowed: false,
    AuthenticationEnabled: false,
    DicomServerEnabled: false,
    KeepAlive: true,
    Plugins: []
  }))
  const server = start('Orthanc', orthanc, [settings], { silent: true })
  await ready(server, `http://127.0.0.1:${port}/system`)
  return { ...server, port }
}

/** Store slices as DICOM: the instance's id for each. */
export async function storeSlices (port: number, dataset: Dataset, slices: readonly SliceOf[]): Promise<string[]> {
  const maker = new LineProcess('make_dicom.py', await peersPython(), [join(PEERS, 'make_dicom.py')], { env: { PYTHONDONTWRITEBYTECODE: '1' } })
  const { ids } = await maker.ask<{ ids: string[] }>({
    port,
    slices: slices.map(({ study, index }) => ({
      voxels: study.voxels,
      offset: index * dataset.sliceBytes,
      bytes: dataset.sliceBytes,
      columns: dataset.shape[0],
      rows: dataset.shape[1],
      study: study.id,
      index
    }))
  })
  await maker.stop()
  return ids
}
