// npm run bench [-- scenario ...] [--rounds N] [--scale X] [--json FILE] [--write] [--no-build]
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { Client } from './client.js'
import { fullSizeDataset, manyDataset, maskSizeDataset } from './dataset.js'
import { build } from './niiserve.js'
import { stopAll } from './processes.js'
import { asText, machine, writeTable, type Outcome } from './report.js'
import type { Bench, Row, Scenario } from './scenario.js'
import { SCENARIOS } from './scenarios.js'
import { MissingTool } from './tools.js'

/** No scenario may hold up the others for longer. */
const SCENARIO_SECONDS = 240

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    scale: { type: 'string', default: '1' },
    json: { type: 'string' },
    write: { type: 'boolean', default: false },
    'no-build': { type: 'boolean', default: false },
    list: { type: 'boolean', default: false }
  }
})
const unknown = positionals.filter((name) => !SCENARIOS.some((scenario) => scenario.name === name))
if (values.list || unknown.length > 0) {
  if (unknown.length > 0) process.stderr.write(`no scenario is called ${unknown.join(', ')}; there are:\n`)
  process.stdout.write(SCENARIOS.map(({ name, title }) => `${name.padEnd(10)} ${title}\n`).join(''))
  process.exit(unknown.length > 0 ? 2 : 0)
}
const rounds = Number(values.rounds)
const scale = Number(values.scale)
const chosen = SCENARIOS.filter(({ name }) => positionals.length === 0 || positionals.includes(name))

if (!values['no-build']) await build()
process.stdout.write(`${machine()}; ${rounds} rounds\n\n`)
const outcomes: Outcome[] = []
for (const scenario of chosen) {
  const outcome = await measure(scenario)
  outcomes.push(outcome)
  process.stdout.write(`${asText(outcome)}\n`)
}
if (values.json !== undefined) await writeFile(values.json, JSON.stringify({ machine: machine(), rounds, outcomes }, null, 2))
if (values.write) await writeTable(outcomes, rounds)
process.exitCode = outcomes.some(({ failure }) => failure !== undefined) ? 1 : 0

async function measure (scenario: Scenario): Promise<Outcome> {
  const outcome: Outcome = { scenario: scenario.name, title: scenario.title, rows: [], skipped: [] }
  const began = performance.now()
  try {
    outcome.rows = await withinTime(scenario.run(benchFor(outcome)))
  } catch (error) {
    outcome.failure = error instanceof Error ? error.message : String(error)
  }
  await stopAll()
  process.stderr.write(`${scenario.name}: ${((performance.now() - began) / 1000).toFixed(0)} s\n`)
  return outcome
}

function benchFor (outcome: Outcome): Bench {
  const skip = (name: string, missing: MissingTool): void => { outcome.skipped.push(`${name}: ${missing.message}`) }
  return {
    rounds,
    scale,
    skip,
    client: new Client(),
    fullSize: fullSizeDataset,
    many: manyDataset,
    maskSize: maskSizeDataset,
    peer: async (name, begin) => await begin().catch((error: Error) => {
      if (!(error instanceof MissingTool)) throw error
      skip(name, error)
      return undefined
    })
  }
}

async function withinTime (rows: Promise<Row[]>): Promise<Row[]> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`took more than ${SCENARIO_SECONDS} s`)), SCENARIO_SECONDS * 1000)
  })
  return await Promise.race([rows, late]).finally(() => clearTimeout(timer))
}
