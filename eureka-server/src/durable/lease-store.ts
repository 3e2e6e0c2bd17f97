import type { Database } from '@order-flow/service-kit'
import type { Lease } from '../registry/instance.ts'

/** The leases on disk. Renewals are not written: after a restart every instance has its lease anew. */
export interface LeaseStore {
  /** Every lease that was kept, some at a time. */
  load(): AsyncIterable<Lease[]>
  /** Keeps leases, and forgets those whose actionType is DELETED, in one transaction. Errors: `unavailable`. */
  write(leases: readonly Lease[]): Promise<void>
}

const PAGE = 1000

export function createLeaseStore(db: Database): LeaseStore {
  async function* load(): AsyncIterable<Lease[]> {
    let after = { app: '', id: '' }
    for (;;) {
      const rows = await db.all<{ app: string; id: string; lease: string }>(
        `select app, id, lease from leases where (app, id) > ($1, $2) order by app, id limit ${PAGE}`,
        [after.app, after.id],
      )
      const last = rows.at(-1)
      if (!last) return
      after = last
      yield rows.map(({ lease }) => JSON.parse(lease) as Lease) // written by `write`
    }
  }

  return {
    load,
    write: (leases) =>
      db.transaction(async (tx) => {
        const gone = leases.filter(({ actionType }) => actionType === 'DELETED').map(rowOf)
        const kept = leases.filter(({ actionType }) => actionType !== 'DELETED').map(rowOf)
        await tx.run(`delete from leases where (app, id) in (select r.app, r.id from jsonb_to_recordset($1) as r(app text, id text))`, [
          JSON.stringify(gone),
        ])
        await tx.run(
          `insert into leases (app, id, lease)
           select r.app, r.id, r.lease from jsonb_to_recordset($1) as r(app text, id text, lease text) where true
           on conflict (app, id) do update set lease = excluded.lease`,
          [JSON.stringify(kept)],
        )
      }),
  }
}

function rowOf(lease: Lease) {
  const { app, instanceId } = lease.instance
  return { app, id: instanceId, lease: lease.actionType === 'DELETED' ? '' : JSON.stringify(lease) }
}
