import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { WORKSPACE } from './paths.js'
import { ready, start } from './processes.js'
import type { Server } from './server.js'
import { program } from './tools.js'
import { freePort } from '../test/support/free-ports.js'

/** nginx, one worker (nginx.conf), serving a folder of files. */
export async function startNginx (root: string): Promise<Server> {
  const nginx = program('nginx', 'apt-get install nginx-light')
  const home = join(WORKSPACE, 'nginx')
  await mkdir(home, { recursive: true })
  const port = await freePort()
  const values: Record<string, string> = {
    root, home, port: String(port), user: process.getuid?.() === 0 ? 'user root;' : ''
  }
  const template = await readFile(join(import.meta.dirname, 'nginx.conf'), 'utf8')
  const conf = join(home, `nginx-${port}.conf`)
  await writeFile(conf, template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => values[name] ?? ''))
  const server = start('nginx', nginx, ['-e', 'stderr', '-p', home, '-c', conf])
  await ready(server, `http://127.0.0.1:${port}/ready`)
  return { ...server, port }
}
