import AjvCompiler from '@fastify/ajv-compiler'

type BuildValidator = AjvCompiler.BuildCompilerFromPool
type Compile = ReturnType<BuildValidator>

const build = AjvCompiler({ jtdSerializer: false })

/**
 * Validators for the parts of a request. A query and a path are texts, which are turned into what their schema says; a
 * body in JSON says itself what is a number, so nothing in it is turned: `null` and `"0x1"` are no indices.
 */
export function buildValidator (...[externalSchemas, options]: Parameters<BuildValidator>): Compile {
  const ofTexts = build(externalSchemas, options)
  const ofJson = build(externalSchemas, { ...options, customOptions: { ...options?.customOptions, coerceTypes: false } } as typeof options)
  return ((route: { httpPart?: string }) => (route.httpPart === 'body' ? ofJson : ofTexts)(route as never)) as Compile
}
