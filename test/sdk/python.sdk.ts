import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { assertReport, CONTRACT, programArguments, run, TOOLS, without, workFolder } from './generated-client.js'
import { liveService } from './live-service.js'

const python = join(TOOLS, 'python', 'bin', 'python')

const { origin } = await liveService({ after })

describe('Python clients, generated from openapi.yaml', () => {
  describe('by openapi-python-client', () => {
    const folder = workFolder('openapi-python-client', 'python')
    before(async () => {
      await run(folder, join(TOOLS, 'python', 'bin', 'openapi-python-client'), 'generate', '--path', CONTRACT, '--meta', 'none', '--output-path', 'niiserve_client')
    })

    it('compiles under mypy --strict', async () => {
      await run(folder, python, '-m', 'mypy', '--strict', '--no-incremental', 'with_openapi_python_client.py', 'report.py', 'niiserve_client')
    })

    it('lists annotated studies, fetches a slice with its shape, reads a problem, and has grades and a mask scored', async () => {
      assertReport(await run(folder, python, 'with_openapi_python_client.py', ...programArguments(origin)))
    })
  })

  describe('by openapi-generator', { skip: without('java') }, () => {
    const folder = workFolder('openapi-generator', 'python')
    before(async () => {
      await run(folder, 'java', '-jar', join(TOOLS, 'openapi-generator', 'openapi-generator-cli.jar'), 'generate', '--generator-name', 'python', '--input-spec', CONTRACT, '--output', '.')
    })

    it('compiles under mypy --strict, except for what its templates leave untyped', async () => {
      await run(folder, python, '-m', 'compileall', '-q', 'openapi_client')
      await run(folder, python, '-m', 'mypy', '--strict', '--no-incremental', 'with_openapi_generator.py', 'report.py', 'openapi_client')
    })

    it('lists annotated studies, fetches a slice with its shape, reads a problem, and has grades and a mask scored', async () => {
      assertReport(await run(folder, python, 'with_openapi_generator.py', ...programArguments(origin)))
    })
  })
})
