import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { DatasetError } from '../../src/errors.js'
import { readDataset } from '../../src/datasets/mosmed/registry.js'
import { datasetFolder } from '../ingest/dataset-folder.js'
import { place } from './file-case.js'
import { REGISTRY_CASES } from './registry-cases.js'

/** Reading a registry that is a bomb may take so long, and hold so much. */
const MOST_MS = 5_000
const MEMORY_BYTES = 300 * 2 ** 20

describe('the corpus of broken registries', () => {
  for (const { name, csv, xlsx, files = {}, studies, faults = [], refused } of REGISTRY_CASES) {
    it(`${name}: ${refused === undefined ? `${studies!.length} served, ${faults.length} reported` : 'the start stops'}`, async (t) => {
      const { root, beside, store } = datasetFolder(t)
      const all = { ...files, ...(csv !== undefined && { 'dataset_registry.csv': csv }), ...(xlsx !== undefined && { 'dataset_registry.xlsx': xlsx }) }
      for (const [path, what] of Object.entries(all)) place(what, join(root, path), beside)
      const [started, memory] = [performance.now(), process.memoryUsage().rss]
      const read = readDataset(store)
      if (refused === undefined) {
        const listing = await read
        assert.deepEqual(listing.studies.map(({ id }) => id), studies)
        assert.deepEqual(listing.faults.map(({ row }) => row), faults.map(([row]) => row), JSON.stringify(listing.faults))
        for (const [n, { detail }] of listing.faults.entries()) {
          assert.match(detail, faults[n]![1])
          assert.ok(detail.length < 400 && !detail.includes(root), detail)
        }
      } else {
        await assert.rejects(read, (error: Error) => {
          assert.ok(error instanceof DatasetError, String(error))
          assert.match(error.message, refused)
          assert.ok(!error.message.includes('\n') && error.message.length < 400 && !error.message.includes(root), error.message)
          return true
        })
      }
      assert.ok(performance.now() - started < MOST_MS)
      assert.ok(process.memoryUsage().rss - memory < MEMORY_BYTES)
    })
  }
})
