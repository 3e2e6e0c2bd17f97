import type { ClientOptions } from '../options/client-options.ts'
import { resolveClientOptions } from '../options/options.ts'
import { type Applications, parseApplication, parseApplications, parseSingleInstance } from '../registry/applications.ts'
import type { Instance, InstanceStatus } from '../registry/instance.ts'
import { type Answer, createRequester, type Operation, type Requester } from './requester.ts'
import { createServerList } from './server-list.ts'

/** Which instance an operation is about. */
export interface InstanceKey {
  appName: string
  instanceId: string
}

/**
 * Eureka's REST operations. Each is tried at up to three servers.
 * Errors: a plain Error that names every server tried and what it answered.
 */
export interface EurekaApi {
  /** Registers what is in Eureka's JSON (`{ instance: ... }`). */
  register(appName: string, body: { instance: Record<string, unknown> }): Promise<void>
  /** False when the registry does not know the instance or wants all of it again. */
  heartbeat(key: InstanceKey, state: { status: InstanceStatus; dirtyAtMs: number }): Promise<boolean>
  /** Deregisters. Any answer is good enough; all servers together have 1 s. */
  cancel(key: InstanceKey): Promise<void>
  fetchAll(): Promise<Applications>
  /** What changed in the last minutes; undefined when the registry does not tell changes. */
  fetchDelta(): Promise<Applications | undefined>
  fetchVip(vipAddress: string): Promise<Applications>
  fetchSecureVip(vipAddress: string): Promise<Applications>
  /** Empty when nobody is registered under the name. */
  fetchApplication(appName: string): Promise<Instance[]>
  fetchInstance(key: InstanceKey): Promise<Instance | undefined>
  fetchInstanceById(instanceId: string): Promise<Instance | undefined>
  /** Has the instance treated as of this status whatever it says itself. False when it is unknown; so the next two. */
  overrideStatus(key: InstanceKey, status: InstanceStatus): Promise<boolean>
  removeOverride(key: InstanceKey): Promise<boolean>
  /** Lays entries over the instance's metadata, until it registers again. */
  putMetadata(key: InstanceKey, metadata: Readonly<Record<string, string>>): Promise<boolean>
}

/** Stopping must be quick; a goodbye that is lost is made good by the lease's end. */
const GOODBYE_MS = 1000

export interface EurekaApiOptions {
  /** As of `createEurekaClient`; what concerns servers and requests is used. */
  client?: ClientOptions
  /** Default: the global fetch. */
  fetch?: typeof fetch
}

/** Makes the operations, for tools. Errors: a plain Error that names every bad option. */
export function createEurekaApi({ client, fetch = globalThis.fetch }: EurekaApiOptions = {}): EurekaApi {
  const settings = resolveClientOptions(client)
  return apiOver(createRequester({ servers: createServerList({ settings }), settings, fetch }))
}

/** The operations, sent by a requester. */
export function apiOver({ ask }: Pick<Requester, 'ask'>): EurekaApi {
  const get = (path: string, accepts?: Operation['accepts']) => ask({ method: 'GET', path, ...(accepts ? { accepts } : {}) })
  const change = async (operation: Operation) => (await ask({ ...operation, accepts: isSuccessOr404 })).status !== 404

  return {
    async register(appName, body) {
      // 404 is an answer, as for Java's clients: the address is wrong, and so it would be at the other servers.
      const { status } = await ask({ method: 'POST', path: `apps/${segment(appName.toUpperCase())}`, body, accepts: isSuccessOr404 })
      if (status === 404) throw new Error('the registry answered 404: its address lacks a part, often /eureka/')
    },
    heartbeat: (key, { status, dirtyAtMs }) =>
      change({ method: 'PUT', path: `${pathOf(key)}?status=${status}&lastDirtyTimestamp=${dirtyAtMs}` }),
    async cancel(key) {
      await ask({ method: 'DELETE', path: pathOf(key), accepts: () => true, totalMs: GOODBYE_MS, isGoodbye: true })
    },
    fetchAll: async () => parseApplications(jsonOf(await get('apps/'))),
    async fetchDelta() {
      const answer = await get('apps/delta', (status) => isSuccess(status) || status === 403 || status === 404)
      return isSuccess(answer.status) ? parseApplications(jsonOf(answer)) : undefined
    },
    fetchVip: async (vipAddress) => parseApplications(jsonOf(await get(`vips/${segment(vipAddress)}`))),
    fetchSecureVip: async (vipAddress) => parseApplications(jsonOf(await get(`svips/${segment(vipAddress)}`))),
    async fetchApplication(appName) {
      const answer = await get(`apps/${segment(appName.toUpperCase())}`, isSuccessOr404)
      return answer.status === 404 ? [] : parseApplication(jsonOf(answer))
    },
    fetchInstance: async (key) => instanceIn(await get(pathOf(key), isSuccessOr404)),
    fetchInstanceById: async (instanceId) => instanceIn(await get(`instances/${segment(instanceId)}`, isSuccessOr404)),
    overrideStatus: (key, status) => change({ method: 'PUT', path: `${pathOf(key)}/status?value=${status}` }),
    removeOverride: (key) => change({ method: 'DELETE', path: `${pathOf(key)}/status` }),
    putMetadata: (key, metadata) => change({ method: 'PUT', path: `${pathOf(key)}/metadata?${new URLSearchParams({ ...metadata })}` }),
  }
}

function pathOf({ appName, instanceId }: InstanceKey): string {
  return `apps/${segment(appName.toUpperCase())}/${segment(instanceId)}`
}

const segment = encodeURIComponent

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300
}

function isSuccessOr404(status: number): boolean {
  return isSuccess(status) || status === 404
}

function instanceIn(answer: Answer): Instance | undefined {
  return answer.status === 404 ? undefined : parseSingleInstance(jsonOf(answer))
}

function jsonOf({ text }: Answer): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error(`the answer is not JSON: ${text.slice(0, 200)}`)
  }
}
