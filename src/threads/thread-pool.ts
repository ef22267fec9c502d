import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Worker } from 'node:worker_threads'
import { Piscina } from 'piscina'
import type { LoadedMessage } from './loaded.js'

/**
 * A Piscina that ends a thread only after it has loaded. Ending a thread while it loads aborts the whole process: Node 20
 * asks a module that is not fully linked whether it is asynchronous (`v8::Module::IsGraphAsync`), and that is fatal.
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

  /** Drop queued work, finish running work, and end the threads. */
  async end (): Promise<void> {
    await Promise.all(this.threads.map((thread) => this.#loadedOrGone(thread)))
    await this.close({ force: true })
  }

  #loadedOrGone (thread: Worker): Promise<void> {
    return new Promise((resolve) => {
      const look = () => { if (this.#loaded.has(thread)) resolve() }
      // Piscina's own listener comes first, so #loaded is already up to date when `look` runs.
      thread.on('message', look).once('exit', resolve)
      look()
    })
  }
}

/** A thread's entry point beside a module: `.ts` under tsx, `.js` when built. @param url the module's `import.meta.url` */
export function threadFile (name: string, url: string): string {
  return fileURLToPath(new URL(`./${name}${extname(fileURLToPath(url))}`, url))
}
