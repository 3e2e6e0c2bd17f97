import type { CustomTypesConfig } from 'pg'
import { AppError } from './errors.ts'

/** PostgreSQL's numbers of the types that are not text to us (pg_type.oid); everything else stays as the server wrote it. */
const BOOLEAN = 16
const BIGINT = 20
const NUMBERS = [21, 23, 700, 701, 1700] // smallint, integer, real, double precision, numeric (which sum and avg answer)

const parsers = new Map<number, (text: string) => unknown>(NUMBERS.map((oid) => [oid, Number]))
parsers.set(BOOLEAN, (text) => (text === 't' ? 1 : 0))
parsers.set(BIGINT, toSafeInteger)

const asItIs = (text: string) => text

/** The values that SQLite would answer: numbers, text, 0 and 1. */
export const postgresTypes: CustomTypesConfig = { getTypeParser: (oid: number) => parsers.get(oid) ?? asItIs }

function toSafeInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new AppError('internal', `The database answers ${text}, which is too large for a number.`)
  return value
}
