import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { createHttpClient } from '@order-flow/client'
import type { DeadLetter, DeadLetterList } from '@order-flow/contracts'
import { messageOf } from '@order-flow/service-kit'
import { readOperator } from './accounts.ts'

const USAGE = `Events that a service gave up on after all its tries.

  npm run dead-letters -- list                 every service's, with their causes
  npm run dead-letters -- replay ID|all        tries again
  npm run dead-letters -- discard ID           gives up for good; later events of the same order go on

  --gateway URL   default http://127.0.0.1:8080
  --data DIR      where the operator's sign-in is (default ./data)
`

/** The services that consume events. */
const SERVICES = ['order-service', 'inventory-payment-service', 'notification-chat-service'] as const
const TIMEOUT_MS = 10_000

type Found = DeadLetter & { service: string }
type Call = (method: string, path: string) => Promise<Response>

async function run(args: readonly string[]): Promise<void> {
  const options = { gateway: { type: 'string', default: 'http://127.0.0.1:8080' }, data: { type: 'string', default: 'data' } } as const
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
  const [command, id] = positionals
  if (command === 'list') return list(await findAll(await signIn(values)))
  if ((command === 'replay' || command === 'discard') && id !== undefined) return change(await signIn(values), command, id)
  process.stdout.write(USAGE)
  process.exitCode = command === undefined ? 0 : 2
}

async function signIn({ gateway, data }: { gateway: string; data: string }): Promise<Call> {
  const operator = readOperator(resolve(data))
  const { accessToken } = await createHttpClient({ baseUrl: gateway }).login(operator)
  return async (method, path) => {
    const response = await fetch(new URL(path, gateway), {
      method,
      headers: { authorization: `Bearer ${accessToken}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`)
    return response
  }
}

async function findAll(call: Call): Promise<Found[]> {
  const lists = await Promise.all(
    SERVICES.map(async (service) => {
      const { deadLetters } = (await (await call('GET', `/api/operations/${service}/dead-letters`)).json()) as DeadLetterList // our own service
      return deadLetters.map((letter) => ({ service, ...letter }))
    }),
  )
  return lists.flat()
}

function list(found: readonly Found[]): void {
  if (found.length === 0) return void process.stdout.write('No dead letters.\n')
  for (const { id, service, type, subject, attempts, cause, parkedAt, waitingBehind } of found) {
    process.stdout.write(
      `${id}  ${service}\n  ${type} of ${subject}, parked ${parkedAt} after ${attempts} tries; ${waitingBehind} wait behind it\n  ${cause}\n`,
    )
  }
}

async function change(call: Call, command: 'replay' | 'discard', id: string): Promise<void> {
  const found = (await findAll(call)).filter((letter) => letter.id === id || (command === 'replay' && id === 'all'))
  if (found.length === 0 && id !== 'all') throw new Error(`There is no dead letter ${id}.`)
  for (const letter of found) {
    const path = `/api/operations/${letter.service}/dead-letters/${letter.id}`
    await (command === 'replay' ? call('POST', `${path}/replay`) : call('DELETE', path))
  }
  process.stdout.write(`${found.length} ${command === 'replay' ? 'will be tried again' : 'discarded'}.\n`)
}

await run(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${messageOf(error)}\n`)
  process.exitCode = 1
})
