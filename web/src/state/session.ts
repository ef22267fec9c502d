import { signal } from '@preact/signals'

/** Whether a cookie of the sign-in page opens the service. */
export const session = signal({ isOpenedByCookie: false })

export async function signOut (): Promise<void> {}
