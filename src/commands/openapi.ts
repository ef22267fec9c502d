import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { buildApp } from '../app.js'
import { readConfig } from '../config.js'
import { createServices } from '../services.js'

/** The contract as YAML, from the routes of an application built over an empty dataset that does not listen. */
export async function openapiYaml (): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'niiserve-openapi-'))
  try {
    mkdirSync(join(folder, 'CT-0'))
    const config = { ...readConfig({}), catalogFile: ':memory:', decodeThreads: 1 }
    const app = await buildApp(await createServices(config, folder))
    await app.ready()
    const document = stringify(app.swagger(), { lineWidth: 0 })
    await app.close()
    return document
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Write the contract to a file, or to standard output. */
export async function writeOpenapi (file: string | undefined): Promise<void> {
  const yaml = await openapiYaml()
  if (file === undefined) process.stdout.write(yaml)
  else writeFileSync(file, yaml)
}

/** @returns whether the file equals the contract of the routes */
export async function checkOpenapi (file: string): Promise<boolean> {
  return readFileSync(file, 'utf8') === await openapiYaml()
}
