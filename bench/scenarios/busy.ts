import { Client } from '../client.js'
import { start, stopAll } from '../processes.js'
import type { Bench, Scenario } from '../scenario.js'
import { coldSlices } from './cold-slices.js'
import { hotSlices } from './hot-slices.js'

const NEIGHBOURS = 2
/** Both scenarios together must end within the time of one. */
const SHARE = 0.4

/** Cold and hot slices beside processes that want a whole core each: what waits for a thread to wake waits for a core. */
export const busy: Scenario = {
  name: 'busy',
  title: `cold and hot slices beside ${NEIGHBOURS} processes that never rest`,
  async run (bench) {
    const [cold] = await beside(async () => await coldSlices.run(only(bench, 'indexed_gzip, tuned')))
    const [hot] = await beside(async () => await hotSlices.run(only(bench, 'nginx')))
    return [
      { ...cold!, what: `${cold!.what}; beside ${NEIGHBOURS} busy processes`, least: 1.2, meant: 1.5 },
      { ...hot!, what: `${hot!.what}; beside ${NEIGHBOURS} busy processes`, least: 1, meant: 1.2 }
    ]
  }
}

/** Everything is stopped at the end: a catalog is free for the next server only when the one before has gone. */
async function beside<Result> (work: () => Promise<Result>): Promise<Result> {
  for (let n = 0; n < NEIGHBOURS; n++) start(`neighbour ${n}`, process.execPath, ['-e', 'for (;;);'])
  try {
    return await work()
  } finally {
    await stopAll()
  }
}

/** The bench with one peer and less to do, and with a client of its own, which is stopped with the rest. */
function only (bench: Bench, peer: string): Bench {
  return { ...bench, client: new Client(), scale: bench.scale * SHARE, peer: async (name, begin) => name === peer ? await bench.peer(name, begin) : undefined }
}
