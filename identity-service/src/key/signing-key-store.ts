import type { Queryable, Tx } from '@order-flow/service-kit'
import type { JWK } from 'jose'
import type { SigningKey } from './signing-key.ts'

interface Row {
  generation: number | string
  private_jwk: string
  signs_from: string
}

/** The SQL of signing keys. The database holds them, since every instance of the service signs with the same. */
export function createSigningKeyStore() {
  return {
    /** All keys, by generation. */
    async all(db: Queryable): Promise<SigningKey[]> {
      const rows = await db.all<Row>('select generation, private_jwk, signs_from from signing_keys order by generation')
      return rows.map((row) => ({
        generation: Number(row.generation),
        privateJwk: JSON.parse(row.private_jwk) as JWK, // insertNew wrote it
        signsFrom: new Date(row.signs_from),
      }))
    },

    /** Adds a key unless another instance was faster; answers whether it was added. */
    async insertNew(tx: Tx, key: SigningKey): Promise<boolean> {
      const added = await tx.insertNew('signing_keys', 'generation', [
        { generation: key.generation, private_jwk: JSON.stringify(key.privateJwk), signs_from: key.signsFrom.toISOString() },
      ])
      return added.size > 0
    },

    async remove(tx: Tx, keys: readonly SigningKey[]): Promise<void> {
      await tx.run('delete from signing_keys where generation in (select generation from jsonb_to_recordset($1) as r(generation bigint))', [
        JSON.stringify(keys.map(({ generation }) => ({ generation }))),
      ])
    },
  }
}
export type SigningKeyStore = ReturnType<typeof createSigningKeyStore>
