import proxyAddr from '@fastify/proxy-addr'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyRequest {
    /** the path below which clients see the service: empty, or `/a/b` without a slash at the end */
    publicPrefix: string
  }
}

/** Segments of plain characters: the header becomes part of `Link`, where others would have a meaning. */
const PREFIX = /^(?:\/[A-Za-z0-9._~-]+)+$/

/** Whether a peer is one of the proxies whose `X-Forwarded-*` are believed. */
export type Trust = (address: string, hop: number) => boolean

/** @param networks addresses, networks (`10.0.0.0/8`), or `loopback`, `linklocal`, `uniquelocal`; none: nobody is trusted */
export function trustIn (networks: readonly string[]): Trust {
  return networks.length === 0 ? () => false : proxyAddr.compile([...networks])
}

/**
 * Tells every request below which path its client sees the service: what a trusted proxy says in `X-Forwarded-Prefix`,
 * else `basePath`. Links and the servers of the contract begin with it.
 */
export const publicPrefix = fp<{ basePath: string, trust: Trust }>(async (app, { basePath, trust }) => {
  app.decorateRequest('publicPrefix', {
    getter (this: FastifyRequest) {
      const { headers, socket } = this.raw
      const said = headers['x-forwarded-prefix']
      if (typeof said !== 'string' || socket.remoteAddress === undefined || !trust(socket.remoteAddress, 0)) return basePath
      const prefix = said.split(',', 1)[0]!.trim().replace(/\/+$/, '')
      return PREFIX.test(prefix) ? prefix : basePath
    }
  })
  if (basePath === '') return
  // Relative addresses in a page count from the folder they stand in.
  app.addHook('onRequest', (request, reply, done) => {
    if (request.originalUrl === basePath) reply.redirect(`${basePath}/`, 308)
    else done()
  })
}, { name: 'public-prefix' })

/** A URL as the routes know it: a proxy may leave the base path in, or take it out. */
export function belowBasePath (url: string, basePath: string): string {
  return basePath !== '' && url.startsWith(`${basePath}/`) ? url.slice(basePath.length) : url
}
