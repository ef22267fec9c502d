// A client made by openapi-typescript and openapi-fetch: typed paths, parameters, answers and problems.
import createClient from 'openapi-fetch'
import type { components, paths } from './generated/schema.js'
import { argument, GRADES, prediction, print } from './report.js'

const client = createClient<paths>({ baseUrl: argument(0) })

const { data: studies } = await client.GET('/v1/studies', { params: { query: { annotated: true } } })
if (studies === undefined) throw new Error('no studies')
const annotated: string[] = studies.items.map((study) => study.id)

const { data: bytes, response } = await client.GET('/v1/studies/{studyId}/{volume}/slices/{index}.raw', {
  params: { path: { studyId: argument(1), volume: 'image', index: Number(argument(2)) } },
  parseAs: 'arrayBuffer'
})
if (bytes === undefined) throw new Error('no slice')

const { error } = await client.GET('/v1/studies/{studyId}', { params: { path: { studyId: argument(3) } } })
if (error === undefined) throw new Error('no problem')
const problem: components['schemas']['Problem'] = error

const { data: graded } = await client.POST('/v1/scores/severity.json', { body: GRADES })
const { data: run } = await client.POST('/v1/evaluations.json', { body: { name: 'generated' } })
if (graded === undefined || run === undefined) throw new Error('no scores')
const mask = await prediction()
const { data: scored } = await client.PUT('/v1/evaluations/{id}/masks/{studyId}', {
  // To these types bytes are text; the serializer sends them as they are.
  params: { path: { id: run.id, studyId: argument(1) } }, body: '', bodySerializer: () => mask, headers: { 'content-type': 'application/octet-stream' }
})
if (scored === undefined) throw new Error('no score of the mask')

await print(annotated, bytes, response.headers, problem, { accuracy: graded.severity.accuracy.value, dice: scored.dice, run: run.name })
