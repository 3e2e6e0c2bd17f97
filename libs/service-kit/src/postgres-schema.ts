import { AppError } from './errors.ts'
import type { PostgresPlace } from './postgres-address.ts'
import { nameOf, sqlStateOf } from './postgres-errors.ts'
import type { PostgresPool } from './postgres-pool.ts'
import { runInTransaction } from './postgres-tx.ts'

/** Makes the schema unless it is there. Errors: `internal` with the statement that an administrator has to run. */
export async function createSchema(pool: PostgresPool, schema: string, place: PostgresPlace): Promise<void> {
  const { role } = place
  const isUsable = await pool.withConnection(async (connection) => {
    const { rows } = await connection.query("select has_schema_privilege(oid, 'usage') as usable from pg_namespace where nspname = $1", [
      schema,
    ])
    return rows[0]?.usable
  })
  if (isUsable === 1) return
  if (isUsable === 0) {
    throw new AppError(
      'internal',
      `The role "${role}" may not use the schema "${schema}" of the ${nameOf(place)}: make it the schema's owner.`,
    )
  }
  try {
    await pool.withConnection((connection) =>
      runInTransaction(connection, schema, async (tx) => {
        await tx.lock('schema')
        await tx.script(`create schema if not exists ${schema}`)
      }),
    )
  } catch (error) {
    if (sqlStateOf(error) !== '42501') throw error
    const mending = `create schema ${schema} authorization "${role}"`
    throw new AppError(
      'internal',
      `The ${nameOf(place)} has no schema "${schema}" and the role "${role}" may not make it: run "${mending}".`,
      {
        cause: error,
      },
    )
  }
}
