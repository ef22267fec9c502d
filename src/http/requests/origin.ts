import type { FastifyRequest } from 'fastify'

/** The address clients reach the service at, without a slash at the end: as configured, else as this request was sent. */
export function originOf ({ server, protocol, host }: FastifyRequest): string {
  return server.services.config.publicUrl ?? `${protocol}://${host}`
}
