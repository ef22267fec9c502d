// A client made by @hey-api/openapi-ts: a function for each operation.
import { client } from './generated/hey-api/client.gen.js'
import { createEvaluation, getSliceRaw, getStudy, listStudies, putEvaluationMask, scoreSeverity } from './generated/hey-api/sdk.gen.js'
import type { Problem } from './generated/hey-api/types.gen.js'
import { argument, GRADES, prediction, print } from './report.js'

client.setConfig({ baseUrl: argument(0) })

const { data: studies } = await listStudies({ query: { annotated: true } })
if (studies === undefined) throw new Error('no studies')
const annotated: string[] = studies.items.map((study) => study.id)

const { data: slice, response } = await getSliceRaw({ path: { studyId: argument(1), volume: 'image', index: Number(argument(2)) } })
if (slice === undefined || response === undefined) throw new Error('no slice')

const { error } = await getStudy({ path: { studyId: argument(3) } })
if (error === undefined) throw new Error('no problem')
const problem: Problem = error

const { data: graded } = await scoreSeverity({ body: GRADES })
const { data: run } = await createEvaluation({ body: { name: 'generated' } })
if (graded === undefined || run === undefined) throw new Error('no scores')
const { data: scored } = await putEvaluationMask({ path: { id: run.id, studyId: argument(1) }, body: await prediction() })
if (scored === undefined) throw new Error('no score of the mask')

await print(annotated, await slice.arrayBuffer(), response.headers, problem, { accuracy: graded.severity.accuracy.value, dice: scored.dice, run: run.name })
