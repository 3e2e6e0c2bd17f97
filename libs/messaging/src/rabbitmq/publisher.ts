import { AppError, type Logger, withTimeout } from '@order-flow/service-kit'
import type { Message } from '../message.ts'
import { describeAddress, type RabbitAddress } from './address.ts'
import { createChanges } from './changes.ts'
import { type ConfirmLine, openConfirmLine } from './confirm-line.ts'
import { createGroupWatch } from './group-watch.ts'
import { createLink } from './link.ts'
import { isLasting, problemOf } from './problem.ts'
import type { Session } from './session.ts'
import { declareExchanges, type Topology } from './topology.ts'

const PUBLISH_TIMEOUT_MS = 30_000
/** More wait with their callers until some are confirmed. */
const MAX_UNCONFIRMED = 5000
const CLOSE_TIMEOUT_MS = 5000

export interface PublisherOptions {
  address: RabbitAddress
  topology: Topology
  clientName: string
  /** Nothing is published before the queues of these groups are there. */
  expectedGroups: readonly string[]
  logger: Logger
}

export interface Publisher {
  /** As `Broker.publish`; waits up to 30 s for a connection and for what is confirmed. */
  publish(messages: readonly Message[]): Promise<void>
  /** As `Link.ready`. */
  ready(timeoutMs: number): Promise<void>
  /** Throws when the server cannot be reached or takes nothing. */
  check(): void
  /** Refuses what waits, waits for what is sent, then closes the connection. */
  close(): Promise<void>
}

interface Passage {
  session: Session
  line: ConfirmLine
}

/** Publishes on a connection of its own: the server may block it, and consumers must go on then. */
export function createPublisher({ address, topology, clientName, expectedGroups, logger }: PublisherOptions): Publisher {
  const changes = createChanges()
  const where = describeAddress(address)
  const groups = createGroupWatch({ topology, groups: expectedGroups, changes, logger })
  let open: Passage | undefined
  let blockedBecause: string | undefined
  let isClosed = false
  /** Calls send one after the other, so that the order of calls is the order of messages. */
  let lastSent: Promise<unknown> = Promise.resolve()
  const link = createLink({ address, name: `${clientName} publishes`, setUp, changes, logger })

  async function setUp(session: Session): Promise<void> {
    const channel = await session.openChannel()
    await declareExchanges(channel, topology)
    // Takes away a binding that nobody has made: it only asks whether we may write to the exchange.
    await channel.unbindExchange(topology.events, topology.events, 'permission')
    await session.closeChannel(channel)
    const line = await openConfirmLine(session, topology, changes.announce)
    setBlocked(undefined)
    session.model.on('blocked', setBlocked)
    session.model.on('unblocked', () => setBlocked(undefined))
    open = { session, line }
    groups.start(session)
  }

  function setBlocked(reason: string | undefined): void {
    if (reason !== undefined) logger.warn({ reason }, 'message queue blocks publishers')
    else if (blockedBecause !== undefined) logger.info('message queue takes messages again')
    blockedBecause = reason
    changes.announce()
  }

  /** Why nothing can be sent now. */
  function obstacle(): AppError | undefined {
    if (isClosed) return new AppError('unavailable', 'The message queue is closed.')
    return link.problem() ?? blockedProblem() ?? missingProblem() ?? slowProblem()
  }

  function blockedProblem(): AppError | undefined {
    if (blockedBecause === undefined) return undefined
    return new AppError('unavailable', `${where} blocks publishers (${blockedBecause}): its memory or disk alarm is on.`)
  }

  function missingProblem(): AppError | undefined {
    if (groups.missing().length === 0) return undefined
    const names = groups.missing().join(', ')
    return new AppError('unavailable', `${where} has no queues yet for ${names}: start each once, or take it out of messaging.groups.`)
  }

  function slowProblem(): AppError | undefined {
    const unconfirmed = open?.line.unconfirmed() ?? 0
    if (unconfirmed < MAX_UNCONFIRMED) return undefined
    return new AppError('unavailable', `${where} is slow: ${unconfirmed} events are not confirmed.`)
  }

  async function publish(messages: readonly Message[]): Promise<void> {
    if (messages.length === 0) return
    const deadlineMs = performance.now() + PUBLISH_TIMEOUT_MS
    const sent = lastSent.then(() => send(messages, deadlineMs))
    lastSent = sent.catch(() => undefined)
    const { session, answered } = await sent
    await named(session, async () => {
      const answer = await withTimeout(answered, Math.round(deadlineMs - performance.now()), 'RabbitMQ did not confirm the events')
      if (answer.unwantedTypes.size > 0) await groups.explainUnwanted(session, answer.unwantedTypes)
    })
  }

  async function send(messages: readonly Message[], deadlineMs: number) {
    const { session, line } = await passage(deadlineMs)
    const { answered } = await named(session, () => line.send(messages, deadlineMs))
    return { session, answered }
  }

  /** Has what fails say why: because the connection ended, or the server takes nothing. */
  async function named<T>(session: Session, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw session.lost.aborted ? problemOf(session.lost.reason, address) : (blockedProblem() ?? problemOf(error, address))
    }
  }

  /** Waits until something can be sent. */
  async function passage(deadlineMs: number): Promise<Passage> {
    for (;;) {
      const reason = obstacle()
      if (!reason && open) return open
      const leftMs = deadlineMs - performance.now()
      if (reason && (isClosed || isLasting(reason) || leftMs <= 0)) throw reason
      await changes.next(leftMs)
    }
  }

  async function close(): Promise<void> {
    isClosed = true
    changes.announce()
    const deadlineMs = performance.now() + CLOSE_TIMEOUT_MS
    while (open && !open.session.lost.aborted && open.line.unconfirmed() > 0 && performance.now() < deadlineMs) {
      await changes.next(deadlineMs - performance.now())
    }
    await link.close()
  }

  function check(): void {
    const problem = link.problem() ?? blockedProblem()
    if (problem) throw problem
  }

  return { publish, ready: link.ready, check, close }
}
