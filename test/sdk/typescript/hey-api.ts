// A client made by @hey-api/openapi-ts: a function for each operation.
import { client } from './generated/hey-api/client.gen.js'
import { getSliceRaw, getStudy, listStudies } from './generated/hey-api/sdk.gen.js'
import type { Problem } from './generated/hey-api/types.gen.js'
import { argument, print } from './report.js'

client.setConfig({ baseUrl: argument(0) })

const { data: studies } = await listStudies({ query: { annotated: true } })
if (studies === undefined) throw new Error('no studies')
const annotated: string[] = studies.items.map((study) => study.id)

const { data: slice, response } = await getSliceRaw({ path: { studyId: argument(1), volume: 'image', index: Number(argument(2)) } })
if (slice === undefined || response === undefined) throw new Error('no slice')

const { error } = await getStudy({ path: { studyId: argument(3) } })
if (error === undefined) throw new Error('no problem')
const problem: Problem = error

await print(annotated, await slice.arrayBuffer(), response.headers, problem)
