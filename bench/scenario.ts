import type { Client } from './client.js'
import type { Dataset } from './dataset.js'
import type { MissingTool } from './tools.js'

/** What a scenario is given. Every process it starts is ended after it, also when it fails. */
export interface Bench {
  rounds: number
  /** 1 as a rule; less makes every count and duration smaller, for trying the bench itself */
  scale: number
  /** the process that asks; one for all rounds of a scenario */
  client: Client
  fullSize: () => Promise<Dataset>
  many: () => Promise<Dataset>
  maskSize: () => Promise<Dataset>
  /** Start a peer that may not be installed: undefined, and a named gap in the table, if it is not. */
  peer: <T>(name: string, begin: () => Promise<T>) => Promise<T | undefined>
  /** Say that a peer's rows are left out. */
  skip: (name: string, missing: MissingTool) => void
}

/** One line of the table. */
export interface Row {
  /** what is measured, and against whom */
  what: string
  unit: string
  better: 'more' | 'less'
  /** one figure per round */
  ours: number[]
  peer?: number[]
  /** the two limits: of the ratio where there is a peer, of our figure where there is none */
  least?: number
  meant?: number
  /** what else was seen: CPU per request, cache states */
  note?: string
}

export interface Scenario {
  /** as on the command line */
  name: string
  title: string
  run: (bench: Bench) => Promise<Row[]>
}
