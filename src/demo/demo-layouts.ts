import type { DemoStudy } from './demo-plan.js'
import { maskFile, registryCsv, studyFile } from './demo-plan.js'

/** Content of a demo label file: all lesion as 1; left lung 1, right lung 2, infection 3; or one structure as 1. */
export type DemoLabels = 'lesion' | 'lungs' | 'lungs and infection' | 'left lung' | 'right lung' | 'infection'

/** Where a study's files lie below the root, in one layout. */
export interface DemoFiles { image: string, labels: Array<{ path: string, holds: DemoLabels }> }

interface DemoLayout {
  files: (study: DemoStudy) => DemoFiles
  /** tables and descriptions stored beside the volumes, by path */
  texts: (studies: readonly DemoStudy[]) => Record<string, string>
}

const nameOf = ({ id }: DemoStudy) => `chest_${id.padStart(3, '0')}`
const json = (value: object) => `${JSON.stringify(value, null, 2)}\n`

/** Studies of CT-4 are not for training: nnU-Net and the Decathlon get them as their test part. */
const isTest = ({ category }: DemoStudy) => category === 'CT-4'
const LABELS = ['background', 'left lung', 'right lung', 'infection']
const labelled = (path: string, study: DemoStudy): DemoFiles['labels'] => study.annotated ? [{ path, holds: 'lungs and infection' }] : []

const DEMO_LAYOUTS = {
  mosmed: {
    files: (study) => ({ image: studyFile(study), labels: study.annotated ? [{ path: maskFile(study), holds: 'lesion' }] : [] }),
    texts: (studies) => ({ 'dataset_registry.csv': registryCsv(studies) })
  },
  nnunet: {
    files: (study) => isTest(study)
      ? { image: `imagesTs/${nameOf(study)}_0000.nii.gz`, labels: [] }
      : { image: `imagesTr/${nameOf(study)}_0000.nii.gz`, labels: labelled(`labelsTr/${nameOf(study)}.nii.gz`, study) },
    texts: (studies) => {
      const train = studies.filter((study) => !isTest(study)).map(nameOf)
      return {
        'dataset.json': json({ name: 'Dataset900_Demo', channel_names: { 0: 'CT' }, labels: { ...Object.fromEntries(LABELS.map((name, value) => [name, value])), lungs: [1, 2, 3] }, numTraining: train.length, file_ending: '.nii.gz' }),
        'splits_final.json': json([0, 1].map((fold) => ({ train: train.filter((_, n) => n % 2 !== fold), val: train.filter((_, n) => n % 2 === fold) })))
      }
    }
  },
  msd: {
    files: (study) => isTest(study)
      ? { image: `imagesTs/${nameOf(study)}.nii.gz`, labels: [] }
      : { image: `imagesTr/${nameOf(study)}.nii.gz`, labels: labelled(`labelsTr/${nameOf(study)}.nii.gz`, study) },
    texts: (studies) => ({
      'dataset.json': json({
        name: 'Demo',
        modality: { 0: 'CT' },
        labels: Object.fromEntries(LABELS.map((name, value) => [value, name])),
        numTraining: studies.filter((study) => !isTest(study)).length,
        numTest: studies.filter(isTest).length,
        training: studies.filter((study) => !isTest(study)).map((study) => ({ image: `./imagesTr/${nameOf(study)}.nii.gz`, ...(study.annotated && { label: `./labelsTr/${nameOf(study)}.nii.gz` }) })),
        test: studies.filter(isTest).map((study) => `./imagesTs/${nameOf(study)}.nii.gz`)
      })
    })
  },
  'covid19-ct-seg': {
    files: (study) => ({
      image: `COVID-19-CT-Seg_20cases/${nameOf(study)}.nii.gz`,
      labels: !study.annotated ? [] : ([['Infection_Mask', 'infection'], ['Lung_Mask', 'lungs'], ['Lung_and_Infection_Mask', 'lungs and infection']] as const).map(([folder, holds]) => ({ path: `${folder}/${nameOf(study)}.nii.gz`, holds }))
    }),
    texts: () => ({})
  },
  totalsegmentator: {
    files: (study) => ({
      image: `${nameOf(study)}/ct.nii.gz`,
      labels: !study.annotated ? [] : (['left lung', 'right lung', 'infection'] as const).map((holds) => ({ path: `${nameOf(study)}/segmentations/${holds.replace(' ', '_')}.nii.gz`, holds }))
    }),
    texts: (studies) => ({ 'meta.csv': ['image_id;split', ...studies.map((study, n) => `${nameOf(study)};${isTest(study) ? 'test' : n % 4 === 0 ? 'val' : 'train'}`), ''].join('\n') })
  },
  kits: {
    files: (study) => ({ image: `case_${study.id.padStart(5, '0')}/imaging.nii.gz`, labels: labelled(`case_${study.id.padStart(5, '0')}/segmentation.nii.gz`, study) }),
    texts: () => ({ 'niiserve.json': json({ labels: { segmentation: LABELS.slice(1).map((name, n) => ({ value: n + 1, name })) } }) })
  },
  plain: {
    files: (study) => ({ image: `scans/${nameOf(study)}.nii.gz`, labels: labelled(`scans/${nameOf(study)}_seg.nii.gz`, study) }),
    texts: () => ({ 'niiserve.json': json({ labels: { seg: LABELS.slice(1).map((name, n) => ({ value: n + 1, name, color: ['#ffc440', '#40c4ff', '#ff4040'][n] })) } }) })
  }
} satisfies Record<string, DemoLayout>

export type DemoLayoutName = keyof typeof DEMO_LAYOUTS
export const DEMO_LAYOUT_NAMES = Object.keys(DEMO_LAYOUTS) as DemoLayoutName[]

export function demoLayout (name: DemoLayoutName): DemoLayout {
  return DEMO_LAYOUTS[name]
}

/**
 * The voxels of a label file.
 *
 * @param shape voxels along i, j, k; i grows to the patient's left, and the spine is in the middle
 * @param lung 1 in a lung, its lesions included
 * @param lesion 1 in a lesion
 */
export function demoLabels (holds: DemoLabels, shape: readonly [number, number, number], lung: Uint8Array, lesion: Uint8Array): Uint8Array {
  if (holds === 'lesion' || holds === 'infection') return lesion
  const [columns] = shape
  return Uint8Array.from(lung, (isLung, n) => {
    if (isLung === 0) return 0
    const isLeft = n % columns >= columns / 2
    if (holds === 'left lung') return isLeft ? 1 : 0
    if (holds === 'right lung') return isLeft ? 0 : 1
    if (holds === 'lungs and infection' && lesion[n] === 1) return 3
    return isLeft ? 1 : 2
  })
}
