import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, describe, it } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { parse } from 'yaml'
import { liveService, SLICE } from '../sdk/live-service.js'

const contract = parse(readFileSync('openapi.yaml', 'utf8'), { maxAliasCount: -1 })
const ajv = new Ajv2020({ strict: false, validateFormats: false })
ajv.addSchema(contract, 'contract')

const { get } = await liveService({ after })

describe('answers are what openapi.yaml says', () => {
  for (const [path, { get: operation }] of Object.entries<any>(contract.paths)) {
    if (operation === undefined) continue
    it(`${operation.operationId}: status, media type, headers and body`, async () => {
      const url = path.replace(/\{(\w+)\}/g, (_, name) => String(valueOf(operation, name)))
      const { status, headers, body } = await get(url)
      const response = operation.responses[status]
      const said = at(response)
      assert.ok(said !== undefined, `${url}: ${status} is not in the contract: ${JSON.stringify(body)}`)
      const mediaType = headers['content-type']!.split(';')[0]!
      assert.deepEqual(Object.keys(said.content), [mediaType], url)
      for (const [name, header] of Object.entries<any>(said.headers ?? {})) {
        if (at(header).required === true) assert.ok(headers[name.toLowerCase()] !== undefined, `${url}: no ${name}`)
      }
      if (!/json$/.test(mediaType) || /ndjson/.test(mediaType)) return
      const place = response.$ref === undefined ? ['paths', path, 'get', 'responses', String(status)] : response.$ref.split('/').slice(1)
      const pointer = [...place, 'content', mediaType, 'schema'].map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')
      const validate = ajv.getSchema(`contract#/${pointer}`)!
      const value = Buffer.isBuffer(body) ? JSON.parse(body.toString('utf8')) : body
      assert.ok(validate(value), `${url}: ${ajv.errorsText(validate.errors)}`)
    })
  }
})

/** The contract's own example, where the dataset of the test has such a study and slice. */
function valueOf (operation: any, name: string): unknown {
  if (name === 'studyId') return SLICE.study
  if (name === 'index') return SLICE.index
  const parameter = operation.parameters.map(at).find((one: any) => one.name === name)
  return parameter.example ?? Object.values<any>(parameter.examples)[0].value
}

/** A part of the contract, or what it refers to. */
function at (part: any): any {
  return part?.$ref === undefined ? part : part.$ref.split('/').slice(1).reduce((holder: any, key: string) => holder[key], contract)
}
