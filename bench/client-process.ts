// The client's own process: a job per line of stdin (client.ts says what it holds), a result per line of stdout.
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { crc32, gunzipSync } from 'node:zlib'
import type { Job, JobResult, Target } from './client.js'
import { Connection, wireOf, type Answer } from './connection.js'

for await (const line of createInterface(process.stdin)) {
  process.stdout.write(`${JSON.stringify(await perform(JSON.parse(line)))}\n`)
}

async function perform (job: Job): Promise<JobResult> {
  const result: JobResult = { requests: 0, bytes: 0, seconds: 0, cpuSeconds: 0, lastByteMs: [], firstByteMs: [], cache: {}, refused: 0, problems: [] }
  const wires = job.targets.map(({ path, body }) => wireOf(path, body))
  const capacity = Math.max(...job.targets.map(({ bytes }) => bytes ?? job.capacity ?? 0))
  const connections = Array.from({ length: job.connections }, () => new Connection(job.port, capacity))
  const cpuBefore = process.cpuUsage()
  const begin = performance.now()
  const end = begin + (job.seconds ?? Infinity) * 1000
  let next = 0

  async function drive (connection: Connection): Promise<void> {
    while (performance.now() < end && result.problems.length < 10) {
      const turn = next++
      if (job.seconds === undefined && turn >= job.targets.length) return
      const target = job.targets[turn % job.targets.length] as Target
      let answer = await connection.request(wires[turn % wires.length] as string)
      for (let seconds = retryAfter(answer); job.patient === true && seconds !== undefined; seconds = retryAfter(answer)) {
        result.refused++
        await setTimeout(seconds * 1000)
        answer = await connection.request(wires[turn % wires.length] as string)
      }
      const doneMs = target.gunzip === true ? gunzipped(answer, target, result) : answer.lastByteMs
      count(answer, doneMs, result)
      const fault = faultOf(answer, target, turn % job.checkEvery === 0)
      if (fault !== undefined) result.problems.push(`${target.path}: ${fault}`)
    }
  }

  await Promise.all(connections.map(async (connection) => {
    await drive(connection).catch((error: Error) => result.problems.push(error.message))
  }))
  result.seconds = (performance.now() - begin) / 1000
  const cpu = process.cpuUsage(cpuBefore)
  result.cpuSeconds = (cpu.user + cpu.system) / 1e6
  for (const connection of connections) connection.close()
  return result
}

/** When to come again; undefined where nothing of the kind is said. */
function retryAfter ({ status, head }: Answer): number | undefined {
  const seconds = status === 503 ? /\r\nretry-after: *(\d+)/i.exec(head)?.[1] : undefined
  return seconds === undefined ? undefined : Number(seconds)
}

function count (answer: Answer, doneMs: number, result: JobResult): void {
  result.requests++
  result.bytes += answer.body.length
  result.lastByteMs.push(doneMs)
  result.firstByteMs.push(answer.firstByteMs)
  const cache = /cache;desc="?(\w+)/.exec(answer.head)?.[1]
  if (cache !== undefined) result.cache[cache] = (result.cache[cache] ?? 0) + 1
}

/** Decode a downloaded `.nii.gz` as its reader must; the time it took is part of what he waits for. */
function gunzipped (answer: Answer, target: Target, result: JobResult): number {
  const begin = performance.now()
  const volume = gunzipSync(answer.body)
  const ms = answer.lastByteMs + performance.now() - begin
  if (crc32(volume.subarray(target.decodedOffset ?? 0)) !== target.decodedCrc32) result.problems.push(`${target.path}: decodes to other voxels`)
  return ms
}

function faultOf ({ status, body }: Answer, target: Target, inDepth: boolean): string | undefined {
  if (status !== 200) return `status ${status}: ${body.toString('utf8', 0, 300)}`
  if (target.bytes !== undefined && body.length !== target.bytes) return `${body.length} bytes instead of ${target.bytes}`
  if (!inDepth || target.crc32 === undefined) return undefined
  const checked = target.tail === undefined ? body : body.subarray(body.length - target.tail)
  return crc32(checked) === target.crc32 ? undefined : 'other bytes than expected'
}
