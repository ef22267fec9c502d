import type { Get } from './array-answer.js'

/** What the service says instead of pixels, as far as waiting is concerned. */
interface Refusal { readonly code?: string, readonly retryAfterSeconds?: number | null }

/** A study that is being read, or a service at its limit, is asked again; anything else is final. */
export const isPassing = (error: unknown): boolean => ['catalog-building', 'overloaded'].includes((error as Refusal).code ?? '')

const DEFAULT_WAIT_SECONDS = 2

/**
 * GET an answer, and again as long as the service says that it is only not there yet.
 *
 * @param onWait  told the refusal before each wait
 * @throws what `get` throws, when it is final; an AbortError when the signal ends the wait
 */
export async function patientGet (get: Get, to: string, query: Record<string, string | number>, init: RequestInit & { signal: AbortSignal }, onWait: (refusal: Error) => void): Promise<Response> {
  for (;;) {
    try {
      return await get(to, query, init)
    } catch (error) {
      if (!isPassing(error)) throw error
      onWait(error as Error)
      await waited((error as Refusal).retryAfterSeconds ?? DEFAULT_WAIT_SECONDS, init.signal)
    }
  }
}

/** @throws the signal's reason, as soon as it ends the wait */
export async function waited (seconds: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, seconds * 1000)
    signal.addEventListener('abort', () => { clearTimeout(timer); resolve() }, { once: true })
    if (signal.aborted) resolve()
  })
  signal.throwIfAborted()
}
