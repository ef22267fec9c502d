/** What slices are balanced by: their study's category, or whether they show lesion (slices without a mask are left out). */
export const BALANCES = ['category', 'lesion'] as const
export type Balance = typeof BALANCES[number]
