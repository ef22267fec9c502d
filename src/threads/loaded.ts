import { parentPort, threadId } from 'node:worker_threads'

/** The first message of a thread. */
export interface LoadedMessage { loaded: number }

/** Tell the ThreadPool that this thread has loaded its module; must be the module's last statement. */
export function sayLoaded (): void {
  const message: LoadedMessage = { loaded: threadId }
  parentPort?.postMessage(message)
}
