import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { InvariantReport } from '@order-flow/contracts'
import { type Audit, createReportDesk, openAudit, type ReportDesk } from '@order-flow/invariants'
import { AppError, type Database, Gauge, type Leadership, type Metrics, requireRole, type Service } from '@order-flow/service-kit'
import { Type } from 'typebox'
import type { Config } from './config.ts'

const Query = Type.Object({ 'at-rest': Type.Boolean({ default: false }) })

export type InvariantParts = Pick<Service<Config>, 'config' | 'dataDir' | 'http' | 'logger' | 'metrics' | 'tokens'>

export interface Invariants {
  /** Checks recent orders again and again, in one instance; undefined when that is not wanted or not possible. */
  watch(): Leadership | undefined
}

/** Door 3: the rules that must hold over all services' data, when an operator asks and as numbers. */
export function createInvariants({ config, dataDir, http, logger, metrics, tokens }: InvariantParts, db: Database): Invariants {
  const { databaseUrl, everySeconds } = config.invariants
  const audit = openData({ isShared: db.shared, databaseUrl, dataDir })
  const stopping = new AbortController()
  const desk = audit && createReportDesk(audit, { signal: stopping.signal })
  // A check takes seconds, and the server waits for its requests.
  http.addHook('preClose', async () => stopping.abort())

  const schema = { querystring: Query, response: { 200: InvariantReport } }
  http.get('/operations/invariants', { onRequest: requireRole(tokens, 'operator'), schema }, async (request) => {
    if (desk) return desk.whole(request.query['at-rest'])
    throw new AppError(
      'unavailable',
      'The rules cannot be checked here: set invariants.database-url of order-service (AUDIT_DATABASE_URL) to the address of a role that may read the schemas of all services.',
    )
  })

  return {
    watch() {
      if (!desk || everySeconds === 0) return undefined
      const watcher = createWatcher({ desk, metrics, everySeconds, logger })
      return db.lead('invariants', async (lost) => {
        while (!lost.aborted) {
          await pause(everySeconds * 1000, undefined, { signal: lost }).catch(() => undefined)
          if (!lost.aborted) await watcher.look(lost)
        }
        watcher.forget()
      })
    },
  }
}

/** The files of all services lie beside each other; a shared database needs its auditor's address. */
function openData({ isShared, databaseUrl, dataDir }: { isShared: boolean; databaseUrl: string; dataDir: string }): Audit | undefined {
  if (!isShared) return openAudit({ dataDir: dirname(dataDir) })
  return databaseUrl === '' ? undefined : openAudit({ databaseUrl })
}

interface WatcherParts extends Pick<InvariantParts, 'logger'> {
  desk: ReportDesk
  metrics: Metrics
  everySeconds: number
}

function createWatcher({ desk, metrics: { registry }, everySeconds, logger }: WatcherParts) {
  const registers = [registry]
  const offenders = new Gauge({
    name: 'invariant_offenders',
    help: 'What broke each rule when recent orders were checked, at most 100; only in the instance that checks.',
    labelNames: ['id', 'rule'],
    registers,
  })
  const checkedAt = new Gauge({
    name: 'invariants_checked_timestamp_seconds',
    help: 'When this instance last checked the rules; 0: it does not.',
    registers,
  })

  /** Checks the orders of the last two periods, the newest 2,000 of them: the cost grows neither with the history nor with the load. */
  async function look(lost: AbortSignal): Promise<void> {
    const now = Date.now()
    try {
      const results = await desk.recent(new Date(now - 2 * everySeconds * 1000), lost)
      for (const { id, rule, found, offenders: first } of results) {
        offenders.set({ id, rule }, found)
        if (found > 0) logger.error({ invariant: id, rule, found, offenders: first }, 'invariant broken')
      }
      checkedAt.set(now / 1000)
    } catch (error) {
      if (!lost.aborted) logger.warn({ err: error }, 'invariants cannot be checked')
    }
  }

  return {
    look,
    /** Another instance will know better. */
    forget() {
      offenders.reset()
      checkedAt.set(0)
    },
  }
}
