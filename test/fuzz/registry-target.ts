import assert from 'node:assert/strict'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatasetError } from '../../src/errors.js'
import { readDataset } from '../../src/datasets/mosmed/registry.js'
import { LocalStore } from '../../src/storage/local-store.js'
import { sheetOf } from '../datasets/workbooks.js'
import { mutated } from './fuzzing.js'
import type { Target } from './fuzzing.js'

const ROWS = 'study_id,category,study_file,mask_file\r\n255,CT-1,/studies/CT-1/study_0255.nii.gz,/masks/study_0255_mask.nii.gz\r\n"256",CT-2,"studies/a ""b"".nii",\r\n7,CT-4,..\\..\\x.nii,\r\n'
const cells = (row: number, texts: string[]) => `<row r="${row}">${texts.map((text, n) => `<c r="${'ABCD'[n]}${row}" t="inlineStr"><is><t>${text}</t></is></c>`).join('')}</row>`
const SEEDS = [
  Buffer.from(ROWS),
  Buffer.from(`\uFEFF${ROWS.replaceAll(',', ';')}`),
  Buffer.from(`\uFEFF${ROWS}`, 'utf16le'),
  sheetOf(cells(1, ['study_id', 'category', 'study_file', 'mask_file']) + cells(2, ['255', 'CT-1', '/studies/a.nii', '']))
]

/** A registry is read, or refused in one line; ids and keys that come out of it are safe, whatever stands in it. */
export function registryTarget (scope: { after: (clean: () => unknown) => void }): Target {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'niiserve-fuzz-')))
  scope.after(() => rmSync(root, { recursive: true }))
  const store = LocalStore.open(root)
  return {
    name: 'registry',
    share: 0.15,
    make: (random) => mutated(random, SEEDS),
    check: async (input) => {
      const file = join(root, input.subarray(0, 2).toString('latin1') === 'PK' ? 'dataset_registry.xlsx' : 'dataset_registry.csv')
      writeFileSync(file, input)
      try {
        const { studies, faults } = await readDataset(store)
        assert.equal(new Set(studies.map(({ id }) => id)).size, studies.length)
        for (const { id, imageKey, maskKey, category } of studies) {
          assert.match(id, /^[A-Za-z0-9][A-Za-z0-9._-]*$/)
          assert.match(category!, /^CT-[0-4]$/)
          for (const key of [imageKey, maskKey ?? imageKey]) assert.ok(!key.startsWith('/') && !key.split('/').includes('..'), key)
        }
        for (const { detail } of faults) assert.ok(!detail.includes('\n') && !detail.includes(root))
      } catch (error) {
        if (!(error instanceof DatasetError)) throw error
        assert.ok(!error.message.includes('\n') && !error.message.includes(root), error.message)
      } finally {
        rmSync(file)
      }
    }
  }
}
