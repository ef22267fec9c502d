import { signal } from '@preact/signals'
import type { Category } from '../api/answers.js'
import { fetchJson } from '../api/client.js'

/** The categories of the dataset in the order of their severity; none until they are known. */
export const categories = signal<readonly Category[]>([])

/** What the dataset calls a grade; `grade 3` where it has no name for it. */
export const gradeName = (severity: number): string => categories.value[severity]?.id ?? `grade ${severity}`

export async function loadCategories (): Promise<void> {
  categories.value = (await fetchJson<{ items: Category[] }>('v1/categories')).items
}
