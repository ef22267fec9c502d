import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, it } from 'node:test'
import { CONTRACT, run, TOOLS } from './generated-client.js'
import { liveService } from './live-service.js'

/** Cases for each operation and phase: two suffice for a change, thirty make about 5000 in all. */
const EXAMPLES = process.env['SCHEMATHESIS_EXAMPLES'] ?? '10'
const SEED = '1'

it(`Schemathesis finds nothing with all of its checks, ${EXAMPLES} examples each`, async (t) => {
  const { origin } = await liveService({ after })
  const output = await run('test/sdk/schemathesis', join(TOOLS, 'schemathesis', 'bin', 'schemathesis'), '--config-file', 'schemathesis.toml',
    'run', CONTRACT, '--url', origin, '--checks', 'all', '--max-examples', EXAMPLES, '--seed', SEED, '--workers', '1', '--no-color')
  const cases = /(\d+) generated/.exec(output)?.[1]
  assert.ok(Number(cases) > 500, output.slice(-2000))
  t.diagnostic(`${cases} cases`)
})
