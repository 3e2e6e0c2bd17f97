import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { createHttpClient } from '@order-flow/client'
import type { InvariantReport } from '@order-flow/contracts'
import { type AuditSource, openAudit } from '@order-flow/invariants'
import { AppError, messageOf } from '@order-flow/service-kit'
import { readOperator } from './accounts.ts'

const USAGE = `Checks the rules that must hold whatever has happened: stock, money, histories, events, notifications.

  npm run verify -- [--data DIR | --database-url URL] [--running] [--json]
  npm run verify -- --gateway URL [--data DIR] [--running] [--json]

  --data DIR           data folder of the shop, of either way to run it (default ./data)
  --database-url URL   PostgreSQL, as a role that may read all schemas (or AUDIT_DATABASE_URL)
  --gateway URL        asks a running shop; the operator's sign-in is in the data folder
  --running            the shop is at work: leaves out the rules that hold only when nothing is under way
  --json               prints the report as JSON
  --help               this text

Ends with 0 when every rule holds, 1 when one is broken, 2 when it could not check.
`

const OPTIONS = {
  data: { type: 'string', default: 'data' },
  'database-url': { type: 'string' },
  gateway: { type: 'string' },
  running: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const
const GATEWAY_TIMEOUT_MS = 120_000

type Options = ReturnType<typeof parse>

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values
  } catch (error) {
    const reason = messageOf(error).split('. ')[0]?.replace(/\.$/, '')
    throw new AppError('invalid', `${reason}. "npm run verify -- --help" lists the options.`)
  }
}

async function run(args: readonly string[]): Promise<number> {
  const options = parse(args)
  if (options.help) {
    process.stdout.write(USAGE)
    return 0
  }
  const report = options.gateway === undefined ? await checkHere(options) : await askGateway(options.gateway, options)
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : textOf(report))
  return report.holds ? 0 : 1
}

async function checkHere(options: Options): Promise<InvariantReport> {
  const { place, where } = findData(options)
  const audit = openAudit(where)
  if (!options.json) process.stdout.write(`Checking ${place}.\n`)
  return audit.report({ atRest: !options.running })
}

/** The data folder says by itself whether its shop keeps its data there or in a database. */
function findData(options: Options): { place: string; where: AuditSource } {
  const databaseUrl = options['database-url'] ?? process.env.AUDIT_DATABASE_URL
  if (databaseUrl) return { place: placeOf(databaseUrl), where: { databaseUrl } }
  const dataDir = resolve(options.data)
  const note = join(dataDir, 'distributed.json')
  if (!existsSync(note)) return { place: `the files in ${dataDir}`, where: { dataDir } }
  const { auditorUrl } = JSON.parse(readFileSync(note, 'utf8')) as { auditorUrl: string } // distributed/shop.ts wrote it
  return { place: `${placeOf(auditorUrl)}, which ${note} names`, where: { databaseUrl: auditorUrl, logDir: join(dataDir, 'logs') } }
}

function placeOf(databaseUrl: string): string {
  if (!URL.canParse(databaseUrl)) return 'the database'
  const { pathname, host } = new URL(databaseUrl)
  return `the database "${decodeURIComponent(pathname.slice(1))}" on ${host}`
}

async function askGateway(gateway: string, { data, running }: Options): Promise<InvariantReport> {
  if (!URL.canParse(gateway)) throw new AppError('invalid', `--gateway takes an address such as http://127.0.0.1:8080, not "${gateway}".`)
  const operator = readOperator(resolve(data))
  try {
    const { accessToken } = await createHttpClient({ baseUrl: gateway }).login(operator)
    const response = await fetch(new URL(`/api/ops/invariants?at-rest=${!running}`, gateway), {
      headers: { authorization: `Bearer ${accessToken}` },
      signal: AbortSignal.timeout(GATEWAY_TIMEOUT_MS),
    })
    const body = await response.json()
    if (!response.ok) throw new Error(`${response.status} ${(body as { detail?: string }).detail}`) // a problem of our own
    return body as InvariantReport // our own service's
  } catch (error) {
    throw new AppError('unavailable', `The shop at ${gateway} cannot be asked: ${messageOf(error)}`, { cause: error })
  }
}

function textOf({ rules, notChecked, orders, atRest }: InvariantReport): string {
  const lines: string[] = []
  for (const { id, rule, holds, found, offenders } of rules) {
    lines.push(`${id.padEnd(4)} ${holds ? 'OK    ' : 'BROKEN'}  ${rule}`)
    for (const offender of offenders) lines.push(`               ${JSON.stringify(offender)}`)
    if (found > offenders.length) lines.push(`               and ${found >= 100 ? 'many' : found - offenders.length} more`)
  }
  lines.push('', 'Not checked:', ...notChecked.map(({ id, why }) => `${id.padEnd(4)} ${why}`))
  const broken = rules.filter(({ holds }) => !holds).length
  const verdict = broken === 0 ? 'All' : `${rules.length - broken} of`
  lines.push('', `${verdict} ${rules.length} rules hold for ${orders} orders${atRest ? '' : ' of a running shop'}.`)
  return `${lines.join('\n')}\n`
}

try {
  process.exitCode = await run(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`)
  process.exitCode = 2
}
