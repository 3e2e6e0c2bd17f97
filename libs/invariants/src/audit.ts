import { join } from 'node:path'
import { AppError } from '@order-flow/service-kit'
import { type ClientRecord, HISTORY_RULES } from './history.ts'
import { scanLogs } from './log-scan.ts'
import { openPostgresSource } from './postgres-source.ts'
import { forEngine, type OffenderRow, type Rule, type Span, spanSince } from './rule.ts'
import { NOT_CHECKED, type NotChecked, RULES } from './rules.ts'
import { withoutDigits } from './secret-rules.ts'
import type { Snapshot, Source } from './snapshot.ts'
import { openSqliteSource } from './sqlite-source.ts'

/** Where the data is: a data folder of the embedded way, or a database that an auditor may read. */
export type AuditSource = { dataDir: string } | { databaseUrl: string /** Folder of log files, if any. */; logDir?: string }

export interface CheckOptions {
  /** Nothing is under way: also the rules that hold only then. Default: false. */
  atRest?: boolean
  /** Only orders placed since then, and no rule that needs all of the history. Default: everything. */
  since?: Date
  /** Together with `since`: of these only about so many of the newest, so that a busy shop is not slowed by its checks. */
  maxOrders?: number
  /** Gives up before the next rule. */
  signal?: AbortSignal
}

/** What became of one rule. */
export interface Result {
  id: string
  rule: string
  holds: boolean
  /** The first that break it, at most 5: ids and figures, nothing personal or secret. */
  offenders: OffenderRow[]
  /** How many break it; 100 stands for 100 or more. */
  found: number
}

export interface Report {
  /** When, ISO 8601. */
  checkedAt: string
  atRest: boolean
  /** How many orders were looked at. */
  orders: number
  /** Whether all rules hold. */
  holds: boolean
  rules: Result[]
  /** What was left out, and why. */
  notChecked: NotChecked[]
}

/** Checks of a running or a stopped system. Errors: `unavailable` with a sentence when its databases cannot be read. */
export interface Audit {
  /** Checks the rules, all on one snapshot. */
  check(options?: CheckOptions): Promise<Result[]>
  /** The same, with what was looked at and what was not. */
  report(options?: CheckOptions): Promise<Report>
  /** Checks what clients were told against what there is. */
  checkHistory(record: ClientRecord): Promise<Result[]>
}

const MAX_SHOWN = 5
const MAX_FOUND = 100
/** Of those only JavaScript can tell more are looked at: most may be innocent. */
const MAX_CANDIDATES = 10_000
const STATEMENT_TIMEOUT_MS = 60_000

/**
 * Prepares checks; each opens the databases anew and closes them. `timeoutMs`: the longest statement, default 60 s.
 * Errors: `invalid` for an address that is none.
 */
export function openAudit(where: AuditSource, { timeoutMs = STATEMENT_TIMEOUT_MS }: { timeoutMs?: number } = {}): Audit {
  const source: Source = 'dataDir' in where ? openSqliteSource({ ...where, timeoutMs }) : openPostgresSource({ ...where, timeoutMs })
  const logDir = 'dataDir' in where ? join(where.dataDir, 'logs') : where.logDir

  async function report(options: CheckOptions = {}): Promise<Report> {
    const now = new Date()
    const found = await source.read(async (snapshot) => {
      const span = spanSince(await startOf(options, snapshot), now, options.atRest ?? false)
      const { checked, left } = await selectRules(snapshot, options)
      const rules: Result[] = []
      for (const rule of checked) {
        if (options.signal?.aborted) throw new AppError('unavailable', 'The check was given up.')
        rules.push(resultOf(rule, await findOffenders(rule, span, snapshot)))
      }
      return { rules, orders: await countOrders(span, snapshot), notChecked: [...left, ...NOT_CHECKED] }
    })
    if (logDir === undefined || options.since) found.notChecked.push({ id: LOG_RULE.id, why: `${LOG_RULE.rule}: no log files are at hand` })
    else found.rules.push(resultOf(LOG_RULE, await scanLogs(logDir, MAX_FOUND)))
    const holds = found.rules.every((rule) => rule.holds)
    return { checkedAt: now.toISOString(), atRest: options.atRest ?? false, holds, ...found }
  }

  async function checkHistory(record: ClientRecord): Promise<Result[]> {
    return source.read(async (snapshot) => {
      const checked: Result[] = []
      for (const rule of HISTORY_RULES) checked.push(resultOf(rule, await rule.offenders(record, snapshot)))
      return checked
    })
  }

  return { report, check: async (options) => (await report(options)).rules, checkHistory }
}

/** One check: opens and checks. */
export async function checkInvariants(where: AuditSource, options: CheckOptions = {}): Promise<Result[]> {
  return openAudit(where).check(options)
}

const LOG_RULE = { id: 'I17', rule: 'no card number, token or password stands in the log files' }

async function selectRules(snapshot: Snapshot, options: CheckOptions): Promise<{ checked: Rule[]; left: NotChecked[] }> {
  const checked: Rule[] = []
  const left: NotChecked[] = []
  for (const rule of RULES) {
    const why = await whyNot(rule, options, snapshot)
    if (why === undefined) checked.push(rule)
    else left.push({ id: rule.id, why: `${rule.rule}: ${why}` })
  }
  return { checked, left }
}

async function whyNot(rule: Rule, { atRest = false, since }: CheckOptions, snapshot: Snapshot): Promise<string | undefined> {
  if (rule.atRest && !atRest) return 'holds only when nothing is under way'
  if (rule.wholeOnly && since) return 'needs all of the history'
  if (rule.needs !== undefined && !(await snapshot.hasTable(rule.needs))) return `there is no table ${rule.needs}`
  return undefined
}

/** Where the orders to look at begin. */
async function startOf({ since, maxOrders }: CheckOptions, { all }: Snapshot): Promise<Date | undefined> {
  if (!since || maxOrders === undefined) return since
  const [first] = await all<{ placed_at: string }>(
    `select placed_at from order_service.orders order by id desc limit 1 offset ${Math.max(0, Math.floor(maxOrders) - 1)}`,
  )
  return first && Date.parse(first.placed_at) > since.getTime() ? new Date(first.placed_at) : since
}

async function countOrders({ recent }: Span, { all }: Snapshot): Promise<number> {
  const [row] = await all<{ orders: number }>(`select count(*) as orders from order_service.orders where ${recent('id')}`)
  return row?.orders ?? 0
}

async function findOffenders(rule: Rule, span: Span, { engine, all }: Snapshot): Promise<OffenderRow[]> {
  const limit = rule.isOffender ? MAX_CANDIDATES : MAX_FOUND
  const rows = await all(`select * from (${forEngine(rule.offenders(span), engine)}) offenders limit ${limit}`)
  return rule.isOffender ? rows.filter(rule.isOffender).slice(0, MAX_FOUND) : rows
}

function resultOf({ id, rule }: { id: string; rule: string }, offenders: readonly OffenderRow[]): Result {
  return {
    id,
    rule,
    holds: offenders.length === 0,
    offenders: offenders.slice(0, MAX_SHOWN).map((row) => withoutDigits({ ...row })),
    found: Math.min(offenders.length, MAX_FOUND),
  }
}
