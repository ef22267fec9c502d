import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { assertReport, CONTRACT, programArguments, run, TOOLS, workFolder } from './generated-client.js'
import { liveService } from './live-service.js'

const { origin } = await liveService({ after })

describe('TypeScript clients, generated from openapi.yaml', () => {
  const bin = (name: string) => join(TOOLS, 'npm', 'node_modules', '.bin', name)
  const folder = workFolder('typescript')
  before(async () => {
    symlinkSync(join(TOOLS, 'npm', 'node_modules'), join(folder, 'node_modules'))
    // Without the option a property of a body that has a default must be sent.
    await run(folder, bin('openapi-typescript'), CONTRACT, '--default-non-nullable=false', '--output', 'generated/schema.d.ts')
    await run(folder, bin('openapi-ts'), '--input', CONTRACT, '--output', 'generated/hey-api')
  })

  it('compile under the strictest settings', async () => {
    await run(folder, bin('tsc'), '--project', '.')
    await run(folder, bin('tsc'), '--project', 'tsconfig.exact.json')
  })

  for (const name of ['openapi-fetch', 'hey-api']) {
    it(`${name} lists annotated studies, fetches a slice with its shape, reads a problem, and has grades and a mask scored`, async () => {
      assertReport(await run(folder, process.execPath, `dist/${name}.js`, ...programArguments(origin)))
    })
  }
})
