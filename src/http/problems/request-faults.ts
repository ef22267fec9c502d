import type { FastifyError } from 'fastify'
import type { RequestFault } from '../../errors.js'

/** What Fastify hangs on a failed validation: Ajv's errors. */
interface ValidationFailure {
  validation: NonNullable<FastifyError['validation']>
  validationContext?: string
}

/**
 * What a failed validation means to the person who sent the request: one entry per parameter, each naming what would
 * be valid.
 *
 * @returns undefined when the error is of another kind
 */
export function requestFaults (error: Error): RequestFault[] | undefined {
  if (!('validation' in error)) return undefined
  const { validation, validationContext } = error as unknown as ValidationFailure
  const faults = new Map<string, string[]>()
  for (const { instancePath, keyword, params, message } of validation) {
    const whole = instancePath.split('/').slice(1).map(decodePointer)
    // A parameter of a query is known by its name; which of its values is wrong is told by the detail.
    const path = validationContext === 'body' ? whole : whole.slice(0, 1)
    const parameter = keyword === 'additionalProperties' || keyword === 'unevaluatedProperties'
      ? [...path, String(params.additionalProperty ?? params.unevaluatedProperty)].join('.')
      : keyword === 'required' ? [...path, String(params.missingProperty)].join('.') : path.join('.') || 'body'
    faults.set(parameter, [...faults.get(parameter) ?? [], detailOf(keyword, params, message)])
  }
  return [...faults].map(([parameter, details]) => ({ parameter, detail: [...new Set(details)].join('; ') }))
}

function decodePointer (part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~')
}

function detailOf (keyword: string, params: Record<string, unknown>, message: string | undefined): string {
  switch (keyword) {
    case 'additionalProperties':
    case 'unevaluatedProperties': return 'is not a parameter of this route'
    case 'required': return 'is missing'
    case 'enum': return `must be one of ${(params.allowedValues as unknown[]).join(', ')}`
    case 'type': return `must be ${article(String(params.type))}`
    case 'minimum': return `must be ${String(params.limit)} or more`
    case 'maximum': return `must be ${String(params.limit)} or less`
    case 'exclusiveMinimum': return `must be more than ${String(params.limit)}`
    default: return message ?? 'is not valid'
  }
}

function article (type: string): string {
  if (type === 'integer') return 'a whole number in plain digits, given once'
  if (type === 'number') return 'a number in plain digits, such as 0.5, given once'
  if (type === 'boolean') return 'true or false, given once'
  return `a ${type === 'string' ? 'text' : type}, given once`
}
