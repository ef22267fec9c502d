import type { OpenAPIV3_1 as OpenApi } from 'openapi-types'

export type Document = OpenApi.Document
export type Schema = OpenApi.SchemaObject
export type Operation = OpenApi.OperationObject
export type Parameter = OpenApi.ParameterObject
export type Response = OpenApi.ResponseObject

/** Every operation of the document. */
export function operationsOf (document: Document): Operation[] {
  return Object.values(document.paths ?? {}).flatMap((item) => [item?.get, item?.post, item?.put, item?.delete].filter((operation) => operation !== undefined))
}
