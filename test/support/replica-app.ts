import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import supertest from 'supertest'
import { buildApp } from '../../src/app.js'
import { readConfig } from '../../src/config.js'
import type { Config } from '../../src/config.js'
import { Replica } from '../../src/publishing/replica.js'
import { createReplicaServices } from '../../src/services.js'
import type { Services } from '../../src/services.js'
import { LocalFolder } from '../../src/storage/local-folder.js'
import type { Scope } from './test-dataset.js'

export interface ReplicaApp {
  replica: Replica
  services: Services
  app: FastifyInstance
  /** what the replica's listener was told, one line each: `taken NAME`, `failed MESSAGE`, `changed ID` */
  told: string[]
  request: ReturnType<typeof supertest>
}

/** A replica that serves what is published in a folder, with its copy in `replicas/` of the data root. Closes itself. */
export async function buildReplicaApp (scope: Scope, root: string, published: string, config: Partial<Config> = {}): Promise<ReplicaApp> {
  const told: string[] = []
  const replica = await Replica.begin(new LocalFolder(published), join(root, 'replicas'), {
    taken: ({ name }) => told.push(`taken ${name}`),
    failed: (error) => told.push(`failed ${error.message}`),
    changed: (id) => told.push(`changed ${id}`)
  })
  if (replica === undefined) throw new Error(`nothing is published in ${published}`)
  const services = await createReplicaServices({ ...readConfig({}), decodeThreads: 1, cacheBytes: 32 * 2 ** 20, logLevel: 'silent', ...config }, root, replica)
  const app = await buildApp(services, { logger: false })
  scope.after(async () => await app.close())
  await app.listen({ host: '127.0.0.1', port: 0 })
  return { replica, services, app, told, request: supertest(app.server) }
}
