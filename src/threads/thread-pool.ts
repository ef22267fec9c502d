import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Worker } from 'node:worker_threads'
import { Piscina } from 'piscina'
import type { LoadedMessage } from './loaded.js'

/**
 * A Piscina whose threads are ended only once they have loaded. To end one amidst that aborts the whole process: Node 20
 * asks of a module that was not linked to its end whether it is asynchronous (`v8::Module::IsGraphAsync`), and that is fatal.
 * Each thread's module calls `sayLoaded`.
 */
export class ThreadPool<Task = unknown, Result = unknown> extends Piscina<Task, Result> {
  readonly #loaded = new WeakSet<Worker>()

  constructor (options: ConstructorParameters<typeof Piscina>[0]) {
    super(options)
    this.on('message', ({ loaded }: LoadedMessage) => {
      const thread = this.threads.find(({ threadId }) => threadId === loaded)
      if (thread !== undefined) this.#loaded.add(thread)
    })
  }

  /** Give up what waits, finish what is under way, and end the threads. */
  async end (): Promise<void> {
    await Promise.all(this.threads.map((thread) => this.#loadedOrGone(thread)))
    await this.close({ force: true })
  }

  #loadedOrGone (thread: Worker): Promise<void> {
    return new Promise((resolve) => {
      const look = () => { if (this.#loaded.has(thread)) resolve() }
      // Piscina listens already, so that what the thread says is noted when this is called.
      thread.on('message', look).once('exit', resolve)
      look()
    })
  }
}

/** A thread's entry point beside a module: `.ts` under tsx, `.js` when built. @param url the module's `import.meta.url` */
export function threadFile (name: string, url: string): string {
  return fileURLToPath(new URL(`./${name}${extname(fileURLToPath(url))}`, url))
}
