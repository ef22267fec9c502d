import { statSync } from 'node:fs'
import { catalogOf, ingest } from '../niiserve.js'
import type { Row, Scenario } from '../scenario.js'

/** A whole ingest takes seconds: three are enough. */
const FRESH_ROUNDS = 3

/** `niiserve ingest`, start and end of the process included, on two cores. */
export const ingestSpeed: Scenario = {
  name: 'ingest',
  title: 'ingest on two cores',
  async run (bench) {
    const [full, many] = [await bench.fullSize(), await bench.many()]
    const fresh: number[] = []
    for (let round = 0; round < Math.min(bench.rounds, FRESH_ROUNDS); round++) fresh.push(await ingest(full))
    const packedBytes = full.studies.reduce((sum, { fileBytes }) => sum + fileBytes, 0)
    const catalogShare = statSync(catalogOf(full)).size / packedBytes * 100
    const first = await ingest(many)
    const again: number[] = []
    for (let round = 0; round < bench.rounds; round++) again.push(await ingest(many, { keepCatalog: true }))
    const rows: Row[] = [
      { what: `ingest of ${full.studies.length} full-size studies, fresh`, unit: 'studies/s', better: 'more', ours: fresh.map((seconds) => full.studies.length / seconds), least: 5, meant: 8 },
      { what: 'the whole catalog beside the .nii.gz files (their points: under 8 %)', unit: '%', better: 'less', ours: [catalogShare], least: 8 },
      { what: `ingest of ${many.studies.length} studies, nothing changed`, unit: 's', better: 'less', ours: again, least: 2, note: `the same, fresh (tiny files): ${first.toFixed(1)} s` }
    ]
    return rows
  }
}
