import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import addFormats from 'ajv-formats'
import type { Static, TSchema } from 'typebox'
import { AppError } from './errors.ts'

/** Ajv as this system uses it: bodies are taken as they are sent; query and path values, which are text, are coerced. */
export const bodyAjv = createAjv(false)
export const textAjv = createAjv(true)

function createAjv(coerceTypes: boolean): Ajv {
  const ajv = new Ajv({ coerceTypes, useDefaults: true, removeAdditional: false, allErrors: false, strict: false })
  addFormats.default(ajv)
  return ajv
}

/**
 * Makes a parser for data from outside: answers the typed value or throws `invalid` with "`what`: where and why".
 * Compile once, at start.
 */
export function createParser<S extends TSchema>(schema: S, what: string): (value: unknown) => Static<S> {
  const validate: ValidateFunction = bodyAjv.compile(schema)
  return (value) => {
    if (!validate(value)) throw new AppError('invalid', `${what}: ${describeErrors(validate.errors)}.`)
    return value as Static<S> // just validated against S
  }
}

/** Ajv's errors as one sentence part: `lines/0/quantity must be >= 1`. */
export function describeErrors(errors: ErrorObject[] | null | undefined): string {
  return (errors ?? []).map(describeError).join('; ') || 'is not valid'
}

function describeError(error: ErrorObject): string {
  const where = error.instancePath.slice(1) || 'the value'
  const extra = error.keyword === 'additionalProperties' ? ` ("${error.params.additionalProperty}")` : ''
  return `${where} ${error.message ?? 'is not valid'}${extra}`
}
