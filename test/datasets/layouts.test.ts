import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { findCovid19CtSeg } from '../../src/datasets/covid19-ct-seg/layout.js'
import type { Listing, Tree } from '../../src/datasets/dataset.js'
import { findKits } from '../../src/datasets/kits/layout.js'
import { findDataset } from '../../src/datasets/layouts.js'
import { findMsd } from '../../src/datasets/msd/layout.js'
import { findNnunet } from '../../src/datasets/nnunet/layout.js'
import { findPlain } from '../../src/datasets/plain/layout.js'
import { findTotalSegmentator } from '../../src/datasets/totalsegmentator/layout.js'
import { ConfigError, DatasetError } from '../../src/errors.js'
import { datasetFolder } from '../ingest/dataset-folder.js'

/** A listing of files: texts where something reads them, else only names. */
function tree (...files: Array<string | [key: string, content: unknown]>): Tree {
  const texts = new Map(files.map((file) => typeof file === 'string' ? [file, ''] : [file[0], typeof file[1] === 'string' ? file[1] : JSON.stringify(file[1])]))
  return { keys: [...texts.keys()].sort(), text: (key) => texts.get(key) }
}

const studiesOf = (listing: Listing | undefined) => listing?.studies.map(({ id, imageKey, maskKey }) => [id, imageKey, maskKey])
const faultsOf = (listing: Listing | undefined) => listing?.faults.map(({ detail }) => detail)

describe('the layout nnunet', () => {
  const dataset = { channel_names: { 0: 'CT', 1: 'PET' }, labels: { background: 0, kidney: 1, tumour: 2, both: [1, 2], ignore: 3 }, numTraining: 2, file_ending: '.nii.gz', name: 'Dataset501_Kidney', license: 'CC BY 4.0', citation: ['A', 'B'] }

  it('is a study per case: channel 0 is the image, the label has the case\'s name', () => {
    const listing = findNnunet(tree(['dataset.json', dataset], 'imagesTr/a_0000.nii.gz', 'imagesTr/a_0001.nii.gz', 'imagesTr/b_12_0000.nii.gz', 'imagesTr/b_12_0001.nii.gz', 'labelsTr/a.nii.gz', 'imagesTs/c_0000.nii.gz', 'imagesTs/c_0001.nii.gz'))
    assert.deepEqual(studiesOf(listing), [['a', 'imagesTr/a_0000.nii.gz', 'labelsTr/a.nii.gz'], ['b_12', 'imagesTr/b_12_0000.nii.gz', null], ['c', 'imagesTs/c_0000.nii.gz', null]])
    assert.deepEqual(listing?.studies.map(({ split }) => split), ['train', 'train', 'test'])
    assert.deepEqual(listing?.studies[0]?.channels, [{ name: 'CT', key: 'imagesTr/a_0000.nii.gz' }, { name: 'PET', key: 'imagesTr/a_0001.nii.gz' }])
    assert.deepEqual(listing?.labelSets, [{ name: 'labels', labels: [{ value: 1, name: 'kidney' }, { value: 2, name: 'tumour' }, { value: null, values: [1, 2], name: 'both' }, { value: 3, name: 'ignore', ignored: true }] }])
    assert.deepEqual(listing?.description, { title: 'Dataset501_Kidney', citation: 'A; B', license: { name: 'CC BY 4.0', url: 'https://creativecommons.org/licenses/by/4.0/' } })
    assert.deepEqual(faultsOf(listing), [])
  })

  it('has the folds of splits_final.json, without cases that are not there', () => {
    const splits = [{ train: ['a'], val: ['b', 'gone'] }, { train: ['b'], val: ['a'] }]
    const files = ['imagesTr/a_0000.nii.gz', 'imagesTr/b_0000.nii.gz']
    assert.deepEqual(findNnunet(tree(['dataset.json', { ...dataset, channel_names: { 0: 'CT' } }], ['splits_final.json', splits], ...files))?.folds, [{ train: ['a'], val: ['b'] }, { train: ['b'], val: ['a'] }])
    assert.deepEqual(faultsOf(findNnunet(tree(['dataset.json', { ...dataset, channel_names: { 0: 'CT' } }], ['splits_final.json', '{'], ...files))), ['splits_final.json is not a list of {"train": […], "val": […]} and is not used'])
  })

  it('takes the paths that dataset.json gives', () => {
    const explicit = { ...dataset, channel_names: { 0: 'CT' }, dataset: { x: { images: ['./scans/x.nii.gz'], label: 'truth/x.nii.gz' } } }
    assert.deepEqual(studiesOf(findNnunet(tree(['dataset.json', explicit], 'scans/x.nii.gz', 'truth/x.nii.gz'))), [['x', 'scans/x.nii.gz', 'truth/x.nii.gz']])
  })

  it('says which files it leaves out, and which channels are not there', () => {
    assert.deepEqual(faultsOf(findNnunet(tree(['dataset.json', dataset], 'imagesTr/a_0000.nii.gz', 'imagesTr/b.nii.gz'))), [
      'imagesTr/"b.nii.gz" is not named {case}_0000.nii.gz and is not served', 'a has 1 of the 2 channels that dataset.json names'
    ])
    assert.throws(() => findNnunet(tree(['dataset.json', { ...dataset, file_ending: '.png' }])), DatasetError)
  })
})

describe('the layout msd', () => {
  const dataset = {
    name: 'Liver',
    reference: 'IRCAD',
    licence: 'CC-BY-SA 4.0',
    release: '1.0 06/08/2018',
    modality: { 0: 'CT' },
    labels: { 0: 'background', 1: 'liver', 2: 'cancer' },
    training: [{ image: './imagesTr/liver_0.nii.gz', label: './labelsTr/liver_0.nii.gz' }, { image: './imagesTr/._liver_1.nii.gz', label: './labelsTr/._liver_1.nii.gz' }],
    test: ['./imagesTs/liver_2.nii.gz']
  }

  it('is a study per image of training and test', () => {
    const listing = findMsd(tree(['dataset.json', dataset], 'imagesTr/liver_0.nii.gz', 'labelsTr/liver_0.nii.gz', 'imagesTs/liver_2.nii.gz'))
    assert.deepEqual(studiesOf(listing), [['liver_0', 'imagesTr/liver_0.nii.gz', 'labelsTr/liver_0.nii.gz'], ['liver_2', 'imagesTs/liver_2.nii.gz', null]])
    assert.deepEqual(listing?.studies.map(({ split }) => split), ['train', 'test'])
    assert.deepEqual(listing?.labelSets, [{ name: 'labels', labels: [{ value: 1, name: 'liver' }, { value: 2, name: 'cancer' }] }])
    assert.deepEqual(listing?.description, { title: 'Liver', version: '1.0 06/08/2018', citation: 'IRCAD', license: { name: 'CC BY-SA 4.0', url: 'https://creativecommons.org/licenses/by-sa/4.0/' } })
  })

  it('finds the channels of nnU-Net v1, which are files of their own', () => {
    const v1 = { ...dataset, modality: { 0: 'T1', 1: 'T2' }, training: [{ image: './imagesTr/x.nii.gz', label: './labelsTr/x.nii.gz' }], test: [] }
    const [study] = findMsd(tree(['dataset.json', v1], 'imagesTr/x_0000.nii.gz', 'imagesTr/x_0001.nii.gz', 'labelsTr/x.nii.gz'))!.studies
    assert.deepEqual([study?.id, study?.imageKey, study?.channels], ['x', 'imagesTr/x_0000.nii.gz', [{ name: 'T1', key: 'imagesTr/x_0000.nii.gz' }, { name: 'T2', key: 'imagesTr/x_0001.nii.gz' }]])
  })

  it('leaves out what leads out of the root, with the reason', () => {
    assert.deepEqual(faultsOf(findMsd(tree(['dataset.json', { ...dataset, training: [{ image: '../x.nii.gz' }, { image: 7 }], test: [] }]))), [
      'dataset.json: an image of training "../x.nii.gz" leads out of its folder with ".."', 'dataset.json: an image of training is empty'
    ])
  })
})

describe('the layout covid19-ct-seg', () => {
  it('is a study per scan, its mask the infection; scans of one case of Radiopaedia are of one patient', () => {
    const names = ['coronacases_001', 'radiopaedia_10_85902_1', 'radiopaedia_10_85902_3', 'radiopaedia_29_86490_1', 'radiopaedia_29_86491_1']
    const listing = findCovid19CtSeg(tree(...['COVID-19-CT-Seg_20cases', 'Lung_Mask', 'Infection_Mask', 'Lung_and_Infection_Mask'].flatMap((folder) => names.map((name) => `${folder}/${name}.nii.gz`))))
    assert.deepEqual(studiesOf(listing)?.[1], ['radiopaedia_10_85902_1', 'COVID-19-CT-Seg_20cases/radiopaedia_10_85902_1.nii.gz', 'Infection_Mask/radiopaedia_10_85902_1.nii.gz'])
    assert.deepEqual(listing?.studies.map(({ patient }) => patient), [undefined, 'radiopaedia_10', 'radiopaedia_10', 'radiopaedia_29', 'radiopaedia_29'])
    assert.deepEqual([...listing!.studies[0]!.labels!.keys()], ['Infection_Mask', 'Lung_and_Infection_Mask', 'Lung_Mask'])
    assert.deepEqual(listing?.labelSets[1]?.labels.map(({ value, name }) => [value, name]), [[1, 'left lung'], [2, 'right lung'], [3, 'infection']])
  })
})

describe('the layout totalsegmentator', () => {
  it('is a study per folder; a structure\'s value is its place among the sorted names of all', () => {
    const listing = findTotalSegmentator(tree(['meta.csv', 'image_id;age;gender;split\ns0000;50;f;train\ns0001;60;m;test\n'], 's0000/ct.nii.gz', 's0000/segmentations/spleen.nii.gz', 's0000/segmentations/aorta.nii.gz', 's0001/ct.nii.gz', 's0001/segmentations/liver.nii.gz', 's0002/ct.nii.gz'))
    assert.deepEqual(studiesOf(listing), [['s0000', 's0000/ct.nii.gz', null], ['s0001', 's0001/ct.nii.gz', null], ['s0002', 's0002/ct.nii.gz', null]])
    assert.deepEqual(listing?.studies.map(({ split }) => split), ['train', 'test', undefined])
    assert.deepEqual(listing?.labelSets, [{ name: 'segmentations', labels: [{ value: 1, name: 'aorta' }, { value: 2, name: 'liver' }, { value: 3, name: 'spleen' }] }])
    assert.deepEqual([...listing!.studies[0]!.labels!.get('segmentations') as Map<string, string>], [['aorta', 's0000/segmentations/aorta.nii.gz'], ['spleen', 's0000/segmentations/spleen.nii.gz']])
  })
})

describe('the layout kits', () => {
  it('is a study per case, at the top or in a folder', () => {
    assert.deepEqual(studiesOf(findKits(tree('case_00000/imaging.nii.gz', 'case_00000/segmentation.nii.gz', 'case_00001/imaging.nii.gz'))), [
      ['case_00000', 'case_00000/imaging.nii.gz', 'case_00000/segmentation.nii.gz'], ['case_00001', 'case_00001/imaging.nii.gz', null]
    ])
    assert.equal(findKits(tree('dataset/case_00000/imaging.nii.gz'))?.studies.length, 1)
  })
})

describe('the layout plain', () => {
  it('takes a suffix, or a folder beside with equal names, for masks', () => {
    const suffixed = findPlain(tree('d/a.nii.gz', 'd/a_seg.nii.gz', 'e/b.nii', 'e/b_mask.nii.gz', 'c_label.nii'))
    assert.deepEqual(studiesOf(suffixed), [['c_label', 'c_label.nii', null], ['d.a', 'd/a.nii.gz', 'd/a_seg.nii.gz'], ['e.b', 'e/b.nii', 'e/b_mask.nii.gz']])
    assert.match(suffixed!.reason, /5, 2 taken for masks, by the suffix _seg and the suffix _mask$/)
    const beside = findPlain(tree('images/a.nii.gz', 'images/b.nii.gz', 'labels/a.nii.gz', 'notes.txt'))
    assert.deepEqual(studiesOf(beside), [['images.a', 'images/a.nii.gz', 'labels/a.nii.gz'], ['images.b', 'images/b.nii.gz', null]])
    assert.match(beside!.reason, /3, 1 taken for masks, by the folder labels$/)
  })

  it('serves the first of two files whose ids become equal, and reports the other', () => {
    const listing = findPlain(tree('d/e.nii', 'd.e.nii'))
    assert.deepEqual(studiesOf(listing), [['d.e', 'd.e.nii', null]])
    assert.deepEqual(faultsOf(listing), ['d/e.nii has the id of d.e.nii, which is served'])
  })
})

describe('the layout of a data root', () => {
  const own = (json: object, ...paths: string[]) => ({ 'niiserve.json': JSON.stringify(json), ...Object.fromEntries(paths.map((path) => [path, ''])) })
  const find = async (t: TestContext, files: Record<string, string>, forced?: string) => await findDataset(datasetFolder(t, files).store, forced)
  const files = (...paths: string[]) => Object.fromEntries(paths.map((path) => [path, '']))

  it('is the first that recognises it, and the reason is said', async (t) => {
    const cases: Array<[layout: string, files: Record<string, string>]> = [
      ['mosmed', files('CT-1/a.nii', 'case_1/imaging.nii.gz')],
      ['nnunet', { 'dataset.json': JSON.stringify({ channel_names: { 0: 'CT' }, labels: {}, file_ending: '.nii.gz' }), 'imagesTr/a_0000.nii.gz': '' }],
      ['msd', { 'dataset.json': JSON.stringify({ modality: { 0: 'CT' }, labels: {}, training: [{ image: 'a.nii' }] }), 'a.nii': '' }],
      ['covid19-ct-seg', files('COVID-19-CT-Seg_20cases/a.nii.gz', 'Lung_Mask/a.nii.gz')],
      ['totalsegmentator', files('s1/ct.nii.gz', 's1/segmentations/liver.nii.gz')],
      ['kits', files('case_00000/imaging.nii.gz')],
      ['plain', files('deep/deeper/a.nii.gz')]
    ]
    for (const [layout, content] of cases) {
      const { listing } = await find(t, content)
      assert.equal(listing.layout, layout)
      assert.notEqual(listing.reason, '')
      assert.equal(listing.studies.length, 1, layout)
    }
  })

  it('can be forced, by the setting before niiserve.json', async (t) => {
    assert.equal((await find(t, files('case_00000/imaging.nii.gz'), 'plain')).listing.layout, 'plain')
    assert.equal((await find(t, own({ layout: 'plain' }, 'case_00000/imaging.nii.gz'))).listing.layout, 'plain')
    assert.equal((await find(t, own({ layout: 'plain' }, 'case_00000/imaging.nii.gz'), 'kits')).listing.layout, 'kits')
    await assert.rejects(find(t, files('a.nii'), 'kits'), new DatasetError('The data root is not in the layout kits'))
    await assert.rejects(find(t, files('a.nii'), 'bids'), new ConfigError('DATA_LAYOUT', '"bids" is none of mosmed, nnunet, msd, covid19-ct-seg, totalsegmentator, kits, plain'))
    await assert.rejects(find(t, own({ layout: 'bids' }, 'a.nii')), /^Error: niiserve\.json: layout "bids" is none of/)
  })

  it('is none where a dataset lies one folder deeper', async (t) => {
    await assert.rejects(find(t, files('Task03/case_00000/imaging.nii.gz', 'readme.txt')).then(({ listing }) => listing.layout === 'kits' ? Promise.reject(new Error('kits, which may lie so')) : listing), /kits, which may lie so/)
    await assert.rejects(find(t, files('COVID19_1110/studies/CT-1/a.nii')), /its folder COVID19_1110 is in the layout mosmed: DATA_ROOT must name that one$/)
    await assert.rejects(find(t, {}), /holds neither dataset_registry\.xlsx .*, nor any \.nii or \.nii\.gz file$/)
  })

  it('takes studies from the table that niiserve.json names', async (t) => {
    const { listing, description } = await find(t, {
      ...own({ title: 'Ours', studies: 'studies.csv', categories: [{ id: 'low', title: 'Low' }, { id: 'high', title: 'High' }], labels: { lobes: [{ value: 2, name: 'upper', color: '#ff8000' }] } }, 'a.nii', 'm/a.nii', 'l/a.nii', 'b.nii'),
      'studies.csv': 'id,image,mask,mask_lobes,category,patient,split\nA,a.nii,m/a.nii,l/a.nii,high,p1,train\nB,b.nii,,,middle,p1,test\nC,c.nii,,,,,\nD,,,,,,\n'
    })
    assert.equal(description.title, 'Ours')
    assert.deepEqual(listing.studies.map(({ id, category, patient, split, maskKey }) => [id, category, patient, split, maskKey]), [
      ['A', 'high', 'p1', 'train', 'm/a.nii'], ['B', null, 'p1', 'test', null], ['C', null, undefined, undefined, null]
    ])
    assert.deepEqual(listing.labelSets, [{ name: 'mask', labels: [] }, { name: 'lobes', labels: [{ value: 2, name: 'upper', color: [255, 128, 0] }] }])
    assert.deepEqual(listing.faults.map(({ row, detail }) => [row, detail]), [[5, 'image is empty'], [3, 'category "middle" is none of low, high']])
    assert.deepEqual(listing.findings.map(({ detail }) => detail), ['2 of 3 images exist; missing: c.nii'])
  })

  it('passes over hidden files, and what links lead out to', async (t) => {
    const { listing } = await find(t, files('a.nii', '._b.nii', '.git/c.nii', '__MACOSX/d.nii'))
    assert.deepEqual(listing.studies.map(({ id }) => id), ['a'])
  })
})
