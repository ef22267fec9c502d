import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { findDataset } from '../../src/datasets/layouts.js'
import { DatasetError } from '../../src/errors.js'
import { FetchGate } from '../../src/storage/remote/fetch-gate.js'
import { Origin } from '../../src/storage/remote/origin.js'
import { RemoteStore } from '../../src/storage/remote/remote-store.js'
import { s3Folder } from '../../src/storage/remote/s3-list.js'
import { openRoot } from '../../src/storage/open-root.js'
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

  describe(`S3 of ${name} as a data root that is not there`, () => {
    const settings = { s3Endpoint: s3.endpoint, storeFreshSeconds: 60, cacheBytes: 2 ** 24 }
    it('says in one line that a bucket cannot be listed', async () => {
      const { find } = await openRoot('s3://no-such-bucket/root', settings)
      await assert.rejects(async () => await find(findDataset), (error: Error) => error instanceof DatasetError && /^s3:\/\/no-such-bucket\/root cannot be listed: NoSuchBucket/.test(error.message))
    })

    it('says that an empty prefix holds no dataset', async () => {
      const { find } = await openRoot(`s3://${s3.bucket}/nothing-here`, settings)
      await assert.rejects(async () => await find(findDataset), (error: Error) => error instanceof DatasetError && /holds neither/.test(error.message))
    })
  })

  describeObjectFolder(`S3 of ${name}`, async () => {
    process.env['S3_ENDPOINT'] = s3.endpoint
    return await openFolder(`s3://${s3.bucket}/folder`)
  })
}
