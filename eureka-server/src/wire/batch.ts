import { AppError } from '@order-flow/service-kit'
import type { InstanceInfo, InstanceStatus, Lease } from '../registry/instance.ts'
import { canonicalInstance } from './canonical.ts'
import { parseInstance, statusOf } from './registration.ts'

export const ACTIONS = ['Register', 'Heartbeat', 'Cancel', 'StatusUpdate', 'DeleteStatusOverride'] as const
export type Action = (typeof ACTIONS)[number]

/** One change that a peer passes on. */
export interface ReplicatedChange {
  action: Action
  app: string
  instanceId: string
  lastDirtyTimestamp?: number
  status?: InstanceStatus
  overriddenStatus?: InstanceStatus
  /** With Register only. */
  instance?: InstanceInfo
}

/** What became of it: 200, 404 when the instance is not known here, 409 with the newer instance that is here, 500 when it cannot be read. */
export interface ReplicationResult {
  statusCode: number
  newer?: Lease
}

/**
 * A change that could not be read stays in its place, as answers are told apart by their position. `isRefused`: it is a
 * registration of what is no instance.
 */
export type ReadChange = { change: ReplicatedChange } | { error: AppError; isRefused: boolean }

/** Reads `{"replicationList": [...]}`. Errors: `invalid` when it is no list at all. */
export function parseBatch(text: string, nowMs: number): ReadChange[] {
  const body = parseJson(text)
  if (!isObject(body) || !Array.isArray(body.replicationList)) throw unreadable()
  return body.replicationList.map((item: unknown) => readChange(item, nowMs))
}

function readChange(item: unknown, nowMs: number): ReadChange {
  try {
    return { change: parseChange(item, nowMs) }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { error, isRefused: isObject(item) && item.action === 'Register' && isObject(item.instanceInfo) }
  }
}

function parseChange(item: unknown, nowMs: number): ReplicatedChange {
  if (!isObject(item) || typeof item.appName !== 'string' || typeof item.id !== 'string') throw invalid('has no appName or no id')
  const action = ACTIONS.find((name) => name === item.action)
  if (!action) throw invalid(`has an unknown action ${JSON.stringify(item.action)}`)
  const app = item.appName.toUpperCase()
  const instance = isObject(item.instanceInfo) ? parseInstance(item.instanceInfo, nowMs) : undefined
  if (action === 'Register' && instance?.app !== app) throw invalid(`registers no instance of ${app}`)
  const timestamp = Number(item.lastDirtyTimestamp ?? Number.NaN)
  const overridden = item.overriddenStatus ?? item.overriddenstatus
  return {
    action,
    app,
    instanceId: item.id,
    ...(Number.isSafeInteger(timestamp) ? { lastDirtyTimestamp: timestamp } : {}),
    ...(typeof item.status === 'string' ? { status: statusOf(item.status, 'UNKNOWN') } : {}),
    ...(typeof overridden === 'string' ? { overriddenStatus: statusOf(overridden, 'UNKNOWN') } : {}),
    ...(instance ? { instance } : {}),
  }
}

/** The body that passes changes on to a peer. Members that are unknown to Java are fatal to it, so there are none. */
export function batchText(changes: readonly { change: ReplicatedChange; lease?: Lease | undefined }[]): string {
  return JSON.stringify({
    replicationList: changes.map(({ change, lease }) => ({
      appName: change.app,
      id: change.instanceId,
      lastDirtyTimestamp: change.lastDirtyTimestamp,
      overriddenStatus: change.overriddenStatus,
      status: change.status,
      instanceInfo: lease && canonicalInstance(lease),
      action: change.action,
    })),
  })
}

/** The answer to a batch: as many results as there were changes, in their order. */
export function batchResultText(results: readonly ReplicationResult[]): string {
  const responseList = results.map(({ statusCode, newer }) => ({ statusCode, responseEntity: newer && canonicalInstance(newer) }))
  return JSON.stringify({ responseList })
}

/** Reads a peer's answer: a status for each change, and the newer instance that the peer has. Errors: `invalid`. */
export function parseBatchResult(text: string, nowMs: number): { statusCode: number; newer?: InstanceInfo }[] {
  const body = parseJson(text)
  if (!isObject(body) || !Array.isArray(body.responseList)) throw new AppError('invalid', 'The peer’s answer has no responseList.')
  return body.responseList.map((item: unknown) => {
    if (!isObject(item)) throw new AppError('invalid', 'The peer’s answer holds what is no result.')
    return {
      statusCode: Number(item.statusCode),
      ...(isObject(item.responseEntity) ? { newer: parseInstance(item.responseEntity, nowMs) } : {}),
    }
  })
}

function invalid(why: string): AppError {
  return new AppError('invalid', `A replicated change ${why}.`)
}

function unreadable(): AppError {
  return new AppError('invalid', 'cannot parse request body: it has no "replicationList"', { problem: 'unreadable-body' })
}

/** Undefined when it is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
