import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { spawnSync } from 'node:child_process'
import { listenOn } from '../../src/commands/listen.js'

function socketPath (t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'niiserve-socket-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'x.sock')
}

/** A socket whose process was killed: its file stays. */
function abandon (path: string): void {
  spawnSync(process.execPath, ['-e', `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`], { env: {} })
  assert.ok(existsSync(path))
}

describe('HOST', () => {
  it('is an address with a port, or the path of a socket', async (t) => {
    const path = socketPath(t)
    assert.deepEqual(await listenOn({ host: '127.0.0.1', port: 8080 }), { host: '127.0.0.1', port: 8080 })
    assert.deepEqual(await listenOn({ host: path, port: 8080 }), { path })
    const server = createServer((_request, response) => response.end('here'))
    t.after(() => server.close())
    await new Promise<void>((resolve) => server.listen({ path }, resolve))
    const answer = await new Promise<string>((resolve, reject) => get({ socketPath: path, path: '/' }, (response) => response.once('data', (chunk) => resolve(String(chunk)))).on('error', reject))
    assert.equal(answer, 'here')
  })

  it('takes over a socket that nobody listens on any more, and no other file', async (t) => {
    const path = socketPath(t)
    abandon(path)
    await listenOn({ host: path, port: 0 })
    assert.ok(!existsSync(path))
    writeFileSync(path, 'a file of somebody')
    await listenOn({ host: path, port: 0 })
    assert.ok(existsSync(path))
  })

  it('leaves a socket that another process answers on', async (t) => {
    const path = socketPath(t)
    const server = createServer()
    t.after(() => server.close())
    await new Promise<void>((resolve) => server.listen({ path }, resolve))
    await listenOn({ host: path, port: 0 })
    assert.ok(existsSync(path))
  })
})
