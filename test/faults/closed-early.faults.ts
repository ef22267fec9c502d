import assert from 'node:assert/strict'
import { dirname } from 'node:path'
import { describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { builtCli, start } from '../support/built-cli.js'

const POOLS = 160

/** Pools that are closed at all moments of the second half of their threads' start, where Node 20 has died once in 75 times. */
const PROGRAM = `
  const { VoxelPool } = await import(process.env.MODULE)
  for (let n = 0; n < ${POOLS}; n++) {
    const pool = new VoxelPool(2, { store: { kind: 'folder', root: '/' }, arena: new SharedArrayBuffer(1024) })
    await new Promise((resolve) => setTimeout(resolve, 30 + n % 80))
    await pool.close()
  }
  console.log('all closed')`

describe('threads', () => {
  it(`may be ended while they start: ${POOLS} pools`, async () => {
    const MODULE = pathToFileURL(`${dirname(builtCli())}/threads/voxel-pool.js`).href
    const { code, output } = await start(process.execPath, ['--input-type=module', '--eval', PROGRAM], { MODULE }).ended
    assert.equal(code, 0, output)
    assert.match(output, /all closed/)
  })
})
