import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, it } from 'node:test'
import { CONTRACT, run, TOOLS } from './generated-client.js'
import { liveService } from './live-service.js'

/** Cases for each operation and phase: most are of the boundaries of parameters; thirty would make some 10,000 in all. */
const EXAMPLES = process.env['SCHEMATHESIS_EXAMPLES'] ?? '15'
const SEED = '1'

/**
 * No schema can say what these take: the bytes of a mask, studies of the target that the query chooses, the id of an evaluation
 * made before. They have tests of their own. The list of evaluations, and beginning one, are asked.
 */
const UNSAID = '/scores|/evaluations/'

it(`Schemathesis finds nothing with all of its checks, ${EXAMPLES} examples each`, async (t) => {
  const { origin } = await liveService({ after })
  const output = await run('test/sdk/schemathesis', join(TOOLS, 'schemathesis', 'bin', 'schemathesis'), '--config-file', 'schemathesis.toml',
    'run', CONTRACT, '--url', origin, '--checks', 'all', '--max-examples', EXAMPLES, '--seed', SEED, '--workers', '1', '--no-color', '--exclude-path-regex', UNSAID)
  const cases = /(\d+) generated/.exec(output)?.[1]
  assert.ok(Number(cases) > 3000, output.slice(-2000))
  t.diagnostic(`${cases} cases`)
})
