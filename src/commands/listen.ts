import { lstatSync, unlinkSync } from 'node:fs'
import { connect } from 'node:net'
import type { Config } from '../config.js'

/** Whether HOST is the path of a Unix socket, for a proxy on the same machine. */
export function isSocketPath (host: string): boolean {
  return host.startsWith('/')
}

/** What to listen on: address and port, or a socket. Removes a socket that a killed service left behind. */
export async function listenOn ({ host, port }: Pick<Config, 'host' | 'port'>): Promise<{ path: string } | { host: string, port: number }> {
  if (!isSocketPath(host)) return { host, port }
  const isThere = lstatSync(host, { throwIfNoEntry: false })?.isSocket() === true
  if (isThere && !await isAnswered(host)) unlinkSync(host)
  return { path: host }
}

async function isAnswered (path: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => { socket.destroy(); resolve(true) })
    socket.once('error', () => resolve(false))
  })
}
