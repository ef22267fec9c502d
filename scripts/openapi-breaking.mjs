// Compares openapi.yaml with the last release's contract by oasdiff; exits with 1 if a client of that release would break.
// A release keeps its copy: docs/openapi/v1.0.0.yaml, v1.1.0.yaml, … What oasdiff takes for a break and is none for a
// client stands in docs/openapi/accepted.txt: a default that is said in words now, the models of the contract's own document, and
// what the contract has corrected since: a category is any dataset's (a string, or null), and a volume without a direction has no
// `Array-Affine`. The file is emptied with each release.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

const OASDIFF = 'github.com/oasdiff/oasdiff@v1.24.0'
const FOLDER = 'docs/openapi'

const released = readdirSync(FOLDER)
  .filter((name) => /^v\d+\.\d+\.\d+\.yaml$/.test(name))
  .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  .at(-1)
const { status, error } = spawnSync('go', ['run', OASDIFF, 'breaking', '--fail-on', 'ERR', '--err-ignore', join(FOLDER, 'accepted.txt'), join(FOLDER, released), 'openapi.yaml'], { stdio: 'inherit' })
if (error !== undefined) console.error(`${error.message}; oasdiff needs Go 1.25 or later`)
else if (status === 0) console.log(`openapi.yaml breaks no client of ${released}`)
process.exitCode = status ?? 1
