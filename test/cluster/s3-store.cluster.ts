import { after, describe } from 'node:test'
import { FetchGate } from '../../src/storage/remote/fetch-gate.js'
import { Origin } from '../../src/storage/remote/origin.js'
import { RemoteStore } from '../../src/storage/remote/remote-store.js'
import { s3Folder } from '../../src/storage/remote/s3-list.js'
import { openFolder } from '../../src/storage/object-folder.js'
import { describeObjectFolder } from '../storage/object-folder-suite.js'
import { describeObjectStore } from '../storage/object-store-suite.js'
import { missing, startSeaweedFs, startVersitygw, temporary, VERSITYGW, WEED } from './object-stores.js'
import type { TestS3 } from './object-stores.js'

// What any store and any folder of objects must hold, of real S3 services.
const engines: Array<[name: string, lack: string | false, start: () => Promise<TestS3>]> = [
  ['SeaweedFS', missing(WEED), async () => await startSeaweedFs({ after })],
  ['versitygw', missing(VERSITYGW), async () => await startVersitygw({ after }, temporary({ after }))]
]

for (const [name, lack, start] of engines) {
  if (lack !== false) {
    describe(name, { skip: lack }, () => {})
    continue
  }
  const s3 = await start()
  describeObjectStore(`S3 of ${name}`, () => {
    const { service, bucket, endpoint } = s3
    const store = new RemoteStore({
      where: `s3://${bucket}/store/`, path: `/${bucket}/store/`, probe: `/${bucket}`, list: async (folder) => await s3Folder(service, bucket, 'store/', folder)
    }, new Origin(endpoint, new FetchGate(2 ** 20), service.sign))
    return {
      store,
      put: async (key, content) => await s3.put(`store/${key}`, content),
      remove: async (key) => await s3.remove(`store/${key}`),
      clean: async () => await store.close()
    }
  }, { folders: true })

  describeObjectFolder(`S3 of ${name}`, async () => {
    process.env['S3_ENDPOINT'] = s3.endpoint
    return await openFolder(`s3://${s3.bucket}/folder`)
  })
}
