import type { TreeFiles } from '../../storage/object-store.js'
import type { DatasetDescription } from '../dataset.js'

/** Severity of viral pneumonia on CT, by the share of lung parenchyma involved; `category` is the dataset's word. */
export type Category = 'CT-0' | 'CT-1' | 'CT-2' | 'CT-3' | 'CT-4'

/** `involvement`: % of lung parenchyma. */
export interface CategoryFacts {
  id: Category
  severity: 0 | 1 | 2 | 3 | 4
  title: string
  description: string
  involvement: { min: number, max: number }
}

/** The five categories, mildest first. Source: README_EN.md of MosMedData, "Class C Annotation Principles". */
export const CATEGORIES: readonly CategoryFacts[] = [
  {
    id: 'CT-0',
    severity: 0,
    title: 'No signs of viral pneumonia',
    description: 'Normal lung tissue, no CT signs of viral pneumonia.',
    involvement: { min: 0, max: 0 }
  },
  {
    id: 'CT-1',
    severity: 1,
    title: 'Mild: up to 25 % involved',
    description: 'Several ground-glass opacifications; involvement of lung parenchyma is less than 25 %.',
    involvement: { min: 0, max: 25 }
  },
  {
    id: 'CT-2',
    severity: 2,
    title: 'Moderate: 25 to 50 % involved',
    description: 'Ground-glass opacifications; involvement of lung parenchyma is between 25 and 50 %.',
    involvement: { min: 25, max: 50 }
  },
  {
    id: 'CT-3',
    severity: 3,
    title: 'Severe: 50 to 75 % involved',
    description: 'Ground-glass opacifications and regions of consolidation; involvement of lung parenchyma is between 50 and 75 %.',
    involvement: { min: 50, max: 75 }
  },
  {
    id: 'CT-4',
    severity: 4,
    title: 'Critical: over 75 % involved',
    description: 'Diffuse ground-glass opacifications and consolidation as well as reticular changes; involvement of lung parenchyma exceeds 75 %.',
    involvement: { min: 75, max: 100 }
  }
]

/** The category that a registry cell or folder name means: `CT-1`, and also `ct-1`, `CT1`, `CT_1` and `CT 1`. */
export function categoryOf (text: string): Category | undefined {
  const digit = /^CT[-_ ]?([0-4])$/i.exec(text.trim())?.[1]
  return digit === undefined ? undefined : CATEGORIES[Number(digit)]?.id
}

/**
 * Source: README_EN.md and LICENSE of the dataset. Both name CC BY-NC-ND 3.0 Unported, whose address this is; the
 * README's link to `by/4.0` is a mistake.
 */
export const MOSMEDDATA: DatasetDescription = {
  id: 'mosmeddata-covid19-1110',
  title: 'MosMedData: Chest CT Scans with COVID-19 Related Findings',
  version: '1.0',
  license: { name: 'CC BY-NC-ND 3.0', url: 'https://creativecommons.org/licenses/by-nc-nd/3.0/' },
  citation: 'Morozov, S.P., Andreychenko, A.E., Pavlov, N.A., Vladzymyrskyy, A.V., Ledikhova, N.V., Gombolevskiy, V.A., ' +
    'Blokhin, I.A., Gelezhe, P.B., Gonchar, A.V. and Chernina, V.Y., 2020. MosMedData: Chest CT Scans With COVID-19 ' +
    'Related Findings Dataset. arXiv preprint arXiv:2005.06465.',
  url: 'https://mosmed.ai/datasets/covid19_1110',
  description: 'Anonymised chest CT scans of 1110 patients with COVID-19 related findings and without, graded in five categories of severity ' +
    'by the share of lung parenchyma involved. In 50 of them experts outlined ground-glass opacities and consolidations in binary masks.',
  creator: [{ type: 'Organization', name: 'Research and Practical Clinical Center for Diagnostics and Telemedicine Technologies of the Moscow Health Care Department', url: 'https://mosmed.ai' }],
  // Date of the paper that publishes the dataset, arXiv:2005.06465.
  datePublished: '2020-05-13'
}

/** Studies per category in MosMedData 1.0 (README_EN.md, "Data Overview"). */
const MOSMEDDATA_STUDIES: Record<Category, number> = { 'CT-0': 254, 'CT-1': 684, 'CT-2': 125, 'CT-3': 45, 'CT-4': 2 }

const MAX_README_BYTES = 1024 * 1024

/**
 * Whether a folder is MosMedData itself, and not another dataset in its layout. Its licence must be neither guessed nor
 * lost. So the folder must have MosMedData's README or, since copies often lack it, the 1110 studies in their published
 * distribution.
 */
export function isMosMedData (store: TreeFiles, studies: ReadonlyArray<{ category: string | null }>): boolean {
  const counts = new Map<string | null, number>()
  for (const { category } of studies) counts.set(category, (counts.get(category) ?? 0) + 1)
  if (CATEGORIES.every(({ id }) => counts.get(id) === MOSMEDDATA_STUDIES[id])) return true
  return ['README_EN.md', 'README_RU.md'].some((name) => {
    try {
      return store.readSmall(name, MAX_README_BYTES)?.includes('MosMedData')
    } catch {
      return false // an unreadable README proves nothing
    }
  })
}
