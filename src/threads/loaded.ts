import { parentPort, threadId } from 'node:worker_threads'

/** What a thread of ours says first. */
export interface LoadedMessage { loaded: number }

/** Tell the ThreadPool that this thread has loaded its module; the last thing such a module does. */
export function sayLoaded (): void {
  const message: LoadedMessage = { loaded: threadId }
  parentPort?.postMessage(message)
}
