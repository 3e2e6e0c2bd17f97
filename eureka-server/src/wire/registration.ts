import { AppError } from '@order-flow/service-kit'
import { type InstanceInfo, type InstanceStatus, type Port, STATUSES } from '../registry/instance.ts'
import { parseXml } from './xml-reader.ts'

type JsonObject = Record<string, unknown>

const DEFAULT_RENEWAL_INTERVAL_SECS = 30
const DEFAULT_DURATION_SECS = 90
// Both stand in paths, in metrics and in logs; hosts with names and ports are far below it.
const MAX_NAME_LENGTH = 200

/**
 * Reads the body of a registration, in JSON or XML. Takes what Eureka clients of all languages send: numbers and flags as
 * text or bare, both spellings of the override, unknown members (dropped). `pathApp` is the application in the path,
 * `nowMs` the time for an instance without timestamps. Errors: `invalid`, in Netflix's words where it has some.
 */
export function parseRegistration(
  text: string,
  format: 'json' | 'xml',
  { pathApp, nowMs }: { pathApp: string; nowMs: number },
): InstanceInfo {
  const body = format === 'json' ? parseJson(text) : parseXml(text)
  if (!isObject(body) || !isObject(body.instance)) throw unreadable('it has no "instance"')
  const info = parseInstance(body.instance, nowMs)
  if (info.app !== pathApp) throw invalid(`Mismatched appName, expecting ${pathApp} but was ${info.app}`)
  return info
}

/** Reads an instance in the shape of Eureka's JSON, without a name around it. Errors: as `parseRegistration`. */
export function parseInstance(instance: JsonObject, nowMs: number): InstanceInfo {
  const hostName = textOf(instance.hostName)
  const dataCenterInfo = isObject(instance.dataCenterInfo) ? instance.dataCenterInfo : undefined
  const dataCenterMetadata = metadataOf(dataCenterInfo?.metadata)
  const instanceId = required(textOf(instance.instanceId) ?? dataCenterMetadata['instance-id'] ?? hostName, 'Missing instanceId')
  const lease = isObject(instance.leaseInfo) ? instance.leaseInfo : {}
  const info = {
    instanceId,
    hostName: required(hostName, 'Missing hostname'),
    ipAddr: required(textOf(instance.ipAddr), 'Missing ip address'),
    app: required(textOf(instance.app), 'Missing appName').toUpperCase(),
    status: statusOf(instance.status, 'UP'),
    overriddenStatus: statusOf(instance.overriddenstatus ?? instance.overriddenStatus, 'UNKNOWN'),
    port: portOf(instance.port, { number: 7001, enabled: true }),
    securePort: portOf(instance.securePort, { number: 7002, enabled: false }),
    countryId: integerOf(instance.countryId) ?? 1,
    dataCenterInfo: dataCenterOf(dataCenterInfo, { ...dataCenterMetadata, 'instance-id': dataCenterMetadata['instance-id'] ?? instanceId }),
    renewalIntervalSecs: positive(lease.renewalIntervalInSecs, DEFAULT_RENEWAL_INTERVAL_SECS),
    durationSecs: positive(lease.durationInSecs, DEFAULT_DURATION_SECS),
    metadata: metadataOf(instance.metadata),
    // Only a registry itself can be that, and it knows.
    isCoordinatingDiscoveryServer: false,
    lastDirtyTimestamp: integerOf(instance.lastDirtyTimestamp) ?? nowMs,
    ...optionalTexts(instance),
  }
  checkName('instance id', info.instanceId)
  checkName('application name', info.app)
  return info
}

function checkName(what: string, name: string): void {
  if (name.length > MAX_NAME_LENGTH) throw invalid(`The ${what} is longer than ${MAX_NAME_LENGTH} characters`)
  if (/[\p{Cc}/]/u.test(name)) throw invalid(`The ${what} holds a slash or a control character`)
}

/** A status by its name; `fallback` when absent, UNKNOWN when there is no such status. */
export function statusOf(value: unknown, fallback: InstanceStatus): InstanceStatus {
  if (value === undefined || value === null || value === '') return fallback
  const name = String(value).toUpperCase()
  return STATUSES.find((status) => status === name) ?? 'UNKNOWN'
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw unreadable('it is no JSON', error)
  }
}

// Nearly all instances have the same; one object serves them all.
const MY_OWN = Object.freeze({ name: 'MyOwn' })
const NETFLIX = Object.freeze({ name: 'Netflix' })
const PORTS = new Map<string, Port>()

function dataCenterOf(info: JsonObject | undefined, metadata: Record<string, string>): InstanceInfo['dataCenterInfo'] {
  if (!info) throw invalid('Missing dataCenterInfo')
  const name = required(textOf(info.name), 'Missing dataCenterInfo Name')
  // Java clients cannot read metadata in any data centre but Amazon's.
  return name === 'Amazon' ? { name, metadata } : name === 'Netflix' ? NETFLIX : MY_OWN
}

function optionalTexts(instance: JsonObject) {
  const names = ['homePageUrl', 'statusPageUrl', 'healthCheckUrl', 'secureHealthCheckUrl', 'vipAddress', 'secureVipAddress'] as const
  const sid = textOf(instance.sid)
  const appGroupName = textOf(instance.appGroupName)
  const asgName = textOf(instance.asgName)
  return {
    ...(sid === undefined || sid === 'na' || sid === 'unknown' ? {} : { sid }),
    ...(appGroupName === undefined ? {} : { appGroupName: appGroupName.toUpperCase() }),
    ...(asgName === undefined ? {} : { asgName }),
    ...Object.fromEntries(names.flatMap((name) => (textOf(instance[name]) === undefined ? [] : [[name, textOf(instance[name])]]))),
  }
}

function portOf(value: unknown, absent: Port): Port {
  if (value === undefined || value === null) return absent
  const enabled = isObject(value) && value['@enabled'] !== undefined ? String(value['@enabled']) === 'true' : absent.enabled
  const number = integerOf(isObject(value) ? value.$ : value)
  if (number === undefined || number < 0 || number > 65_535) throw invalid('The port is not a number from 0 to 65535')
  return sharedPort(number, enabled)
}

/** At most two for each of the 65,536 ports. */
function sharedPort(number: number, enabled: boolean): Port {
  const key = `${number} ${enabled}`
  const port = PORTS.get(key) ?? Object.freeze({ number, enabled })
  PORTS.set(key, port)
  return port
}

function metadataOf(value: unknown): Record<string, string> {
  if (!isObject(value)) return {}
  const entries = Object.entries(value).filter(([key, entry]) => key !== '@class' && entry !== null && typeof entry !== 'object')
  return Object.fromEntries(entries.map(([key, entry]) => [key, String(entry)]))
}

function positive(value: unknown, fallback: number): number {
  const number = integerOf(value)
  return number !== undefined && number > 0 ? number : fallback
}

function integerOf(value: unknown): number | undefined {
  if (typeof value !== 'number' && (typeof value !== 'string' || value.trim() === '')) return undefined
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : undefined
}

function textOf(value: unknown): string | undefined {
  const isText = typeof value === 'string' || typeof value === 'number'
  return isText && String(value).trim() !== '' ? String(value) : undefined
}

function required(value: string | undefined, complaint: string): string {
  if (value === undefined) throw invalid(complaint)
  return value
}

function invalid(message: string): AppError {
  return new AppError('invalid', message)
}

function unreadable(why: string, cause?: unknown): AppError {
  return new AppError('invalid', `cannot parse request body: ${why}`, { problem: 'unreadable-body', cause })
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
