import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { assertReport, CONTRACT, programArguments, run, without, workFolder } from './generated-client.js'
import { liveService } from './live-service.js'

const { origin } = await liveService({ after })

describe('A Go client, generated from openapi.yaml by oapi-codegen', { skip: without('go') }, () => {
  const folder = workFolder('oapi-codegen')
  before(async () => {
    mkdirSync(join(folder, 'api'))
    await run(folder, 'go', 'tool', 'oapi-codegen', '-generate', 'types,client', '-package', 'api', '-o', 'api/client.gen.go', CONTRACT)
  })

  it('compiles, and go vet finds nothing', async () => {
    await run(folder, 'go', 'vet', './...')
    await run(folder, 'go', 'build', '-o', 'program', '.')
  })

  it('lists annotated studies, fetches a slice with its shape, reads a problem, and has grades and a mask scored', async () => {
    assertReport(await run(folder, './program', ...programArguments(origin)))
  })
})
