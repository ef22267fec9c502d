import { after, before, describe, it } from 'node:test'
import { assertReport, CONTRACT, programArguments, run, without, workFolder } from './generated-client.js'
import { liveService } from './live-service.js'

const { origin } = await liveService({ after })

describe('A Go client, generated from openapi.yaml by ogen', { skip: without('go') }, () => {
  const folder = workFolder('go')
  before(async () => {
    await run(folder, 'go', 'tool', 'ogen', '--target', 'api', '--package', 'api', '--clean', CONTRACT)
  })

  it('compiles, and go vet finds nothing', async () => {
    await run(folder, 'go', 'vet', './...')
    await run(folder, 'go', 'build', '-o', 'program', '.')
  })

  it('lists annotated studies, fetches a slice with its shape, reads a problem, and has grades and a mask scored', async () => {
    assertReport(await run(folder, './program', ...programArguments(origin)))
  })
})
