import AjvCompiler from '@fastify/ajv-compiler'
import SerializerSelector from '@fastify/fast-json-stringify-compiler'

// Ajv and fast-json-stringify write a function for each part of each route. To write them all took half of the time from
// the start to listening, and a process uses few: each is written when it is used for the first time.

type BuildValidator = AjvCompiler.BuildCompilerFromPool
type CompileValidator = ReturnType<BuildValidator>
type Validate = ReturnType<CompileValidator>

const validatorsOf = AjvCompiler({ jtdSerializer: false })
const serializersOf = SerializerSelector()

/**
 * Validators for the parts of a request. A query and a path are texts, which are turned into what their schema says; a
 * body in JSON says itself what is a number, so nothing in it is turned: `null` and `"0x1"` are no indices.
 */
export function buildValidator (...[externalSchemas, options]: Parameters<BuildValidator>): CompileValidator {
  const compileForTexts = validatorsOf(externalSchemas, options)
  const compileForJson = validatorsOf(externalSchemas, { ...options, customOptions: { ...options?.customOptions, coerceTypes: false } } as typeof options)
  return (route) => {
    let compiled: Validate | undefined
    const validate = (data: unknown) => {
      compiled ??= ((route as { httpPart?: string }).httpPart === 'body' ? compileForJson : compileForTexts)(route)
      const isValid = compiled(data)
      validate.errors = compiled.errors
      return isValid
    }
    validate.errors = null as Validate['errors']
    return validate as Validate
  }
}

/** Serializers of the answers that routes give as objects. */
export function buildSerializer (...[externalSchemas, options]: Parameters<typeof serializersOf>): ReturnType<typeof serializersOf> {
  const compile = serializersOf(externalSchemas, options)
  return (route) => {
    let compiled: ReturnType<typeof compile> | undefined
    return (answer) => (compiled ??= compile(route))(answer)
  }
}
