import { smallestIdAt } from '@order-flow/service-kit'

/** One rule that must hold whatever has happened. */
export interface Rule {
  /** That of the specification, e.g. `I3`; one id may have several rules. */
  id: string
  /** What must hold, for people. */
  rule: string
  /** Holds only when nothing is under way: no request, no event, no payment. */
  atRest?: true
  /** Looks at everything there is, however recent the orders that are asked for: its cost grows with the history. */
  wholeOnly?: true
  /** A table that not every database has, e.g. `inventory_payment_service.provider_charges`. */
  needs?: string
  /**
   * The query for what breaks it; no rows: it holds. One text for every engine: in PostgreSQL's words, each service's
   * tables under its schema's name, and what only one engine understands in a comment that begins with its name.
   */
  offenders: (span: Span) => string
  /** Of the rows found, those that break it, where a query alone cannot tell. */
  isOffender?: (row: OffenderRow) => boolean
}

/** A row that breaks a rule: ids and figures, nothing personal or secret. */
export type OffenderRow = Record<string, string | number | null>

/** What a check looks at. */
export interface Span {
  /** Whether nothing is under way. */
  atRest: boolean
  /** Condition: this column, a UUIDv7, belongs to it. */
  recent(idColumn: string): string
  /** Condition: this column, a time, belongs to it. Begins earlier by as long as the span, at most a minute, for clocks that differ. */
  recentTime(timeColumn: string): string
  /** The time so many seconds before the check, as SQL text. */
  ago(seconds: number): string
  /** The smallest UUIDv7 of that time, as SQL text. */
  idAgo(seconds: number): string
}

const MAX_MARGIN_MS = 60_000
const EVERYTHING = 'true'

/** The span from `since` (undefined: everything) to now. */
export function spanSince(since: Date | undefined, now: Date, atRest: boolean): Span {
  const before = (seconds: number) => new Date(now.getTime() - seconds * 1000)
  return {
    atRest,
    recent: (idColumn) => (since ? `${idColumn} >= '${smallestIdAt(since)}'` : EVERYTHING),
    recentTime: (timeColumn) => (since ? `${timeColumn} >= '${withMargin(since, now).toISOString()}'` : EVERYTHING),
    ago: (seconds) => `'${before(seconds).toISOString()}'`,
    idAgo: (seconds) => `'${smallestIdAt(before(seconds))}'`,
  }
}

/** Under load the newest orders span seconds: a minute more would be most of what is read. */
function withMargin(since: Date, now: Date): Date {
  return new Date(since.getTime() - Math.min(MAX_MARGIN_MS, now.getTime() - since.getTime()))
}

/** A text column that holds a JSON object, to be read with `->` and `->>`. */
export function json(column: string): string {
  return `${column} /* postgres: ::jsonb */`
}

/** The pairs of a JSON object in a text column, as a table of `key` and `value`. */
export function pairs(column: string): string {
  return `/* sqlite: json_each(${column}) */ /* postgres: json_each_text(${column}::json) */`
}

/** The lines of an order, as the table `l`; their members are read with `line`. */
export function lines(column: string): string {
  return `/* sqlite: json_each(${column}) as l */ /* postgres: json_to_recordset(${column}::json)
    as l("lineNumber" bigint, sku text, quantity bigint, "unitPrice" bigint, "lineTotal" bigint) */`
}

export function line(member: 'lineNumber' | 'sku' | 'quantity' | 'unitPrice' | 'lineTotal'): string {
  return `/* sqlite: (l.value ->> '${member}') */ /* postgres: l."${member}" */`
}

export type EngineName = 'sqlite' | 'postgres'

/** A rule's text for one engine: comments with its name become code. */
export function forEngine(sql: string, engine: EngineName): string {
  return sql.replaceAll(new RegExp(`/\\* ${engine}: (.*?) \\*/`, 'gs'), '$1')
}
