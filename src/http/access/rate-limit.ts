import { isIPv6 } from 'node:net'
import fp from 'fastify-plugin'
import { isOpen } from './api-keys.js'
import { HttpFault } from '../problems/problem-details.js'
import { TokenBuckets } from './token-buckets.js'

/**
 * Refuses a client that sends more than `perMinute` requests a minute; 0 means no limit and costs nothing. A client is
 * the holder of a key, else an address. So requests with wrong keys are counted, and keys cannot be tried without end.
 */
export const rateLimit = fp<{ perMinute: number }>(async (app, { perMinute }) => {
  if (perMinute === 0) return
  const buckets = new TokenBuckets(perMinute)
  app.addHook('onRequest', (request, _reply, done) => {
    if (isOpen(request)) return done()
    const client = request.keyHolder === null ? networkOf(request.ip) : `key ${request.keyHolder}`
    const seconds = buckets.take(client, performance.now())
    if (seconds === 0) return done()
    const whose = request.keyHolder === null ? 'address' : 'key'
    done(new HttpFault('too-many-requests', `More than ${perMinute} requests a minute came from this ${whose}; try again in ${seconds} s.`, { 'retry-after': String(seconds) }))
  })
}, { name: 'rate-limit', dependencies: ['key-holders'] })

/** The network that counts as one client. For IPv6 the first 64 bits: one customer has all addresses that share them. */
export function networkOf (ip: string): string {
  if (!isIPv6(ip) || ip.includes('.')) return ip
  const [head = '', tail] = ip.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0')
  return [...before, ...zeros, ...after].slice(0, 4).join(':')
}
