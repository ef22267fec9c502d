import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CreateBucketCommand, DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { s3Service } from '../../src/storage/remote/s3-service.js'
import type { S3Service } from '../../src/storage/remote/s3-service.js'
import type { Scope } from '../support/test-dataset.js'
import { freePort, freePorts } from '../support/free-ports.js'

const TOOLS = resolve('.niiserve', 'cluster')
export const WEED = join(TOOLS, 'seaweedfs', 'bin', 'weed')
export const VERSITYGW = join(TOOLS, 'versitygw', 'versitygw')

/** For engines that a machine has not installed: the reason why a test is skipped. */
export function missing (engine: string): string | false {
  return existsSync(engine) ? false : `${engine} is not installed`
}

/** A real S3 service on this machine, with one bucket. */
export interface TestS3 {
  endpoint: string
  bucket: string
  service: S3Service
  put: (key: string, content: Uint8Array) => Promise<void>
  remove: (key: string) => Promise<void>
  /** every file of a folder, under the same key below `prefix` */
  upload: (folder: string, prefix: string) => Promise<void>
  /** ends the process; `start` begins it again with the same data at the same address */
  stop: () => Promise<void>
  start: () => Promise<void>
}

process.env['AWS_ACCESS_KEY_ID'] = 'niiserve-test'
process.env['AWS_SECRET_ACCESS_KEY'] = 'niiserve-test-secret'
process.env['AWS_EC2_METADATA_DISABLED'] = 'true'
delete process.env['AWS_PROFILE']

/** SeaweedFS: master, volume server, filer and S3 in one process. */
export async function startSeaweedFs (scope: Scope): Promise<TestS3> {
  const folder = temporary(scope)
  const [master, volume, filer, s3, ...grpc] = await freePorts(8) as [number, number, number, number, ...number[]]
  const config = join(folder, 's3.json')
  writeFileSync(config, JSON.stringify({
    identities: [{ name: 'test', credentials: [{ accessKey: process.env['AWS_ACCESS_KEY_ID'], secretKey: process.env['AWS_SECRET_ACCESS_KEY'] }], actions: ['Admin', 'Read', 'Write', 'List', 'Tagging'] }]
  }))
  mkdirSync(join(folder, 'data'))
  return await serve(scope, `http://127.0.0.1:${s3}`, WEED, [
    'server', '-ip=127.0.0.1', '-ip.bind=127.0.0.1', `-dir=${join(folder, 'data')}`, '-master.telemetry=false', '-master.volumeSizeLimitMB=128', '-volume.max=40',
    `-master.port=${master}`, `-volume.port=${volume}`, `-master.port.grpc=${grpc[0]}`, `-volume.port.grpc=${grpc[1]}`,
    '-filer', `-filer.port=${filer}`, `-filer.port.grpc=${grpc[2]}`, '-s3', `-s3.port=${s3}`, `-s3.port.grpc=${grpc[3]}`, `-s3.config=${config}`
  ], folder)
}

/** versitygw: its bucket `data` is the folder of this name below `folder`. */
export async function startVersitygw (scope: Scope, folder: string): Promise<TestS3> {
  const port = await freePort()
  return await serve(scope, `http://127.0.0.1:${port}`, VERSITYGW, [
    '--port', `127.0.0.1:${port}`, '--access', process.env['AWS_ACCESS_KEY_ID']!, '--secret', process.env['AWS_SECRET_ACCESS_KEY']!, '--quiet', '--keep-alive', 'posix', folder
  ], temporary(scope))
}

async function serve (scope: Scope, endpoint: string, command: string, options: string[], logs: string): Promise<TestS3> {
  const bucket = 'data'
  let child: ChildProcess | undefined
  const service = await s3Service({ s3Endpoint: endpoint })
  const client = await service.client()
  const put = async (key: string, content: Uint8Array) => { await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: content })) }
  const stop = async () => {
    if (child === undefined || child.exitCode !== null) return
    const ended = new Promise((resolve) => child!.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
  }
  const start = async () => {
    child = spawn(command, options, { stdio: 'ignore', cwd: logs })
    let last: Error | undefined
    for (const until = Date.now() + 60_000; Date.now() < until;) {
      try {
        await client.send(new CreateBucketCommand({ Bucket: bucket })).catch((error: Error) => { if (!/BucketAlready/.test(error.name)) throw error })
        // The bucket is made before the volume server has joined; only then can it hold anything.
        await put('niiserve-ready', Buffer.from('yes'))
        await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'niiserve-ready' }))
        return
      } catch (error) {
        last = error as Error
        // Another process took a port between the search for a free one and now.
        if (child.exitCode !== null) child = spawn(command, options, { stdio: 'ignore', cwd: logs })
        await sleep(250)
      }
    }
    throw new Error(`${command} did not begin to serve: ${last?.message}`)
  }
  scope.after(async () => {
    client.destroy()
    await stop()
  })
  await start()
  return {
    endpoint,
    bucket,
    service,
    put,
    stop,
    start,
    remove: async (key) => { await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key })) },
    upload: async (folder, prefix) => {
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile()) continue
        const path = join(entry.parentPath, entry.name)
        await put(prefix + path.slice(folder.length + 1), readFileSync(path))
      }
    }
  }
}

export function temporary (scope: Scope): string {
  const folder = mkdtempSync(join(tmpdir(), 'niiserve-test-'))
  scope.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
