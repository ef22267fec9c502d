// Checks openapi.yaml with the recommended rules of Redocly and Spectral; a warning is a failure.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const BIN = '.niiserve/contract/npm/node_modules/.bin'
const LINTERS = [
  ['redocly', 'lint', 'openapi.yaml', '--max-problems', '50', '--format', 'checkstyle'],
  ['spectral', 'lint', 'openapi.yaml', '--fail-severity', 'hint', '--ruleset', '.spectral.yaml']
]

for (const [name, ...args] of LINTERS) {
  const { status, stdout, error } = spawnSync(join(BIN, name), args, { encoding: 'utf8', env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' } })
  const isClean = status === 0 && !stdout.includes('<error ')
  if (!isClean) console.error(error?.message ?? stdout)
  console.log(`${name}: ${isClean ? 'nothing to say' : 'see above'}`)
  if (!isClean) process.exitCode = 1
}
