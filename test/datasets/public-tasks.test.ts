import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Listing, Tree } from '../../src/datasets/dataset.js'
import { findMsd } from '../../src/datasets/msd/layout.js'
import { findNnunet } from '../../src/datasets/nnunet/layout.js'

// What the `dataset.json` of public tasks say: facts, written down by hand. The lists of files are made to their counts.

/** The ten tasks of the Medical Segmentation Decathlon: name, channels, labels in the file's own order, training and test studies. */
const DECATHLON: [name: string, prefix: string, channels: string[], labels: string[], training: number, test: number][] = [
  ['BRATS', 'BRATS', ['FLAIR', 'T1w', 't1gd', 'T2w'], ['edema', 'non-enhancing tumor', 'enhancing tumour'], 484, 266],
  ['Heart', 'la', ['MRI'], ['left atrium'], 20, 10],
  ['Liver', 'liver', ['CT'], ['liver', 'cancer'], 131, 70],
  ['Hippocampus', 'hippocampus', ['MRI'], ['Anterior', 'Posterior'], 260, 130],
  ['PROSTATE', 'prostate', ['T2', 'ADC'], ['PZ', 'TZ'], 32, 16],
  ['Lung', 'lung', ['CT'], ['cancer'], 63, 32],
  ['Pancreas', 'pancreas', ['CT'], ['pancreas', 'cancer'], 281, 139],
  ['HepaticVessel', 'hepaticvessel', ['CT'], ['Vessel', 'Tumour'], 303, 140],
  ['Spleen', 'spleen', ['CT'], ['spleen'], 41, 20],
  ['colon', 'colon', ['CT'], ['colon cancer primaries'], 126, 64]
]

const treeOf = (json: object, keys: string[]): Tree => ({ keys: ['dataset.json', ...keys].sort(), text: (key) => key === 'dataset.json' ? JSON.stringify(json) : undefined })
const numbered = (names: readonly string[], first: number) => Object.fromEntries(names.map((name, n) => [String(first + n), name]))
const labelsOf = (listing: Listing) => listing.labelSets[0]!.labels.map(({ value, values, name }) => [value ?? values, name])

describe('dataset.json of the Decathlon', () => {
  for (const [name, prefix, channels, labels, training, test] of DECATHLON) {
    it(`of ${name} is read: ${training} and ${test} studies, ${labels.join(', ')}`, () => {
      const file = (folder: string, n: number) => `./${folder}/${prefix}_${String(n).padStart(3, '0')}.nii.gz`
      const json = {
        name,
        description: `${name} segmentation`,
        reference: 'the providers of the data',
        licence: 'CC-BY-SA 4.0',
        release: '1.0 06/08/2018',
        tensorImageSize: channels.length > 1 ? '4D' : '3D',
        modality: numbered(channels, 0),
        labels: { 0: 'background', ...numbered(labels, 1) },
        numTraining: training,
        numTest: test,
        training: Array.from({ length: training }, (_, n) => ({ image: file('imagesTr', n), label: file('labelsTr', n) })),
        test: Array.from({ length: test }, (_, n) => file('imagesTs', training + n))
      }
      const keys = [...json.training.flatMap(({ image, label }) => [image, label]), ...json.test].map((path) => path.slice(2))
      // The archives hold a file of macOS's beside each of theirs.
      const listing = findMsd(treeOf(json, [...keys, ...keys.map((key) => key.replace(/\/(?=[^/]*$)/, '/._'))]))!
      assert.deepEqual(['train', 'test'].map((split) => listing.studies.filter((study) => study.split === split).length), [training, test])
      assert.deepEqual(labelsOf(listing), labels.map((label, n) => [n + 1, label]))
      assert.deepEqual(listing.faults, [])
      assert.deepEqual([listing.description?.title, listing.description?.license?.name], [name, 'CC BY-SA 4.0'])
    })
  }
})

/** nnU-Net v2: channels, `labels` and further keys as in its documentation and in datasets converted with its scripts; and what the labels mean. */
const NNUNET: { name: string, channels: string[], labels: Record<string, number | number[]>, more?: object, meaning: [number | number[], string][] }[] = [
  { name: 'Dataset005_Prostate', channels: ['T2', 'ADC'], labels: { background: 0, PZ: 1, TZ: 2 }, more: { overwrite_image_reader_writer: 'SimpleITKIO' }, meaning: [[1, 'PZ'], [2, 'TZ']] },
  { name: 'Dataset137_BraTS2021', channels: ['T1', 'T1ce', 'T2', 'Flair'], labels: { background: 0, 'whole tumor': [1, 2, 3], 'tumor core': [2, 3], 'enhancing tumor': [3] }, more: { regions_class_order: [1, 2, 3] }, meaning: [[[1, 2, 3], 'whole tumor'], [[2, 3], 'tumor core'], [[3], 'enhancing tumor']] },
  { name: 'Dataset220_KiTS2023', channels: ['CT'], labels: { background: 0, kidney: [1, 2, 3], masses: [2, 3], tumor: 2 }, more: { regions_class_order: [1, 3, 2], release: '0.1.3', license: 'see https://kits-challenge.org' }, meaning: [[[1, 2, 3], 'kidney'], [[2, 3], 'masses'], [2, 'tumor']] },
  { name: 'Dataset218_AMOS2022_postChallenge_task1', channels: ['CT'], labels: { background: 0, spleen: 1, 'right kidney': 2, 'left kidney': 3, 'gall bladder': 4 }, meaning: [[1, 'spleen'], [2, 'right kidney'], [3, 'left kidney'], [4, 'gall bladder']] },
  { name: 'Dataset027_ACDC', channels: ['cineMRI'], labels: { background: 0, RV: 1, MLV: 2, LVC: 3 }, meaning: [[1, 'RV'], [2, 'MLV'], [3, 'LVC']] },
  { name: 'a scribble dataset', channels: ['CT'], labels: { background: 0, liver: 1, ignore: 2 }, meaning: [[1, 'liver'], [2, 'ignore']] }
]

describe('dataset.json of nnU-Net v2', () => {
  for (const { name, channels, labels, more, meaning } of NNUNET) {
    it(`of ${name} is read: ${Object.keys(labels).slice(1).join(', ')}`, () => {
      const json = { channel_names: numbered(channels, 0), labels, numTraining: 2, file_ending: '.nii.gz', ...more }
      const keys = ['case_001', 'case_002'].flatMap((id) => [...channels.map((_, n) => `imagesTr/${id}_${String(n).padStart(4, '0')}.nii.gz`), `labelsTr/${id}.nii.gz`])
      const listing = findNnunet(treeOf(json, keys))!
      assert.deepEqual(listing.studies.map(({ id, imageKey, maskKey }) => [id, imageKey, maskKey]), ['case_001', 'case_002'].map((id) => [id, `imagesTr/${id}_0000.nii.gz`, `labelsTr/${id}.nii.gz`]))
      assert.deepEqual(listing.studies[0]!.channels?.map(({ name }) => name), channels.length > 1 ? channels : undefined)
      assert.deepEqual(labelsOf(listing), meaning)
      assert.deepEqual(listing.labelSets[0]!.labels.filter(({ ignored }) => ignored === true).map((label) => label.name), 'ignore' in labels ? ['ignore'] : [])
      assert.deepEqual(listing.faults, [])
    })
  }
})
