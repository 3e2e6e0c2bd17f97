import { type Program, type ProgramName, startProgram } from './programs.ts'

/** A way in which Java services talk to a registry. */
export interface Stack {
  name: string
  program: ProgramName
  properties: Record<string, unknown>
  isSpring: boolean
  /** Its HTTP client is Jersey: by whether a heartbeat's 404 has a body it decides whether that means "register again". */
  isJersey: boolean
}

/** A Java service that is registered under its name, and what it can be told to do. */
export interface Client {
  app: string
  instanceId: string
  program: Program
  /** The instances that it would send requests to. */
  view(): Promise<Seen[]>
  /** Changes its own metadata in its own process. Spring only. */
  changeMetadata(entries: Record<string, string>): Promise<void>
  /** Has it put itself out of service, or end that, by its own door for operators. Spring only. */
  setOwnStatus(status: string): Promise<void>
}

export interface Seen {
  service: string
  instanceId: string
  url: string
  metadata?: Record<string, string>
}

const LEASE_SECS = 3

/** Every HTTP stack that Eureka's clients come with. */
export const STACKS: readonly Stack[] = [
  { name: 'RestTemplate', program: 'client', properties: { 'eureka.client.jersey.enabled': false }, isSpring: true, isJersey: false },
  {
    name: 'RestClient',
    program: 'client',
    properties: { 'eureka.client.jersey.enabled': false, 'eureka.client.restclient.enabled': true },
    isSpring: true,
    isJersey: false,
  },
  {
    name: 'WebClient',
    program: 'client',
    properties: { 'eureka.client.jersey.enabled': false, 'eureka.client.webclient.enabled': true },
    isSpring: true,
    isJersey: false,
  },
  { name: 'Jersey 3', program: 'client', properties: { 'eureka.client.jersey.enabled': true }, isSpring: true, isJersey: true },
  { name: 'Boot 3.3', program: 'client-3.3', properties: { 'eureka.client.jersey.enabled': false }, isSpring: true, isJersey: false },
  { name: 'bare Netflix', program: 'netflix', properties: {}, isSpring: false, isJersey: true },
]

/** Starts a service of a stack that looks and says that it is alive every second. */
export async function startClient({ program, properties, isSpring }: Stack, app: string, serviceUrl: string): Promise<Client> {
  const instanceId = `127.0.0.1:${app}`
  const started = await startProgram(program, {
    ...(isSpring ? springProperties(app, instanceId, serviceUrl) : netflixProperties(app, instanceId, serviceUrl)),
    ...properties,
  })
  const post = async (path: string, body?: unknown) => {
    const json = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
    const response = await fetch(started.url + path, { method: 'POST', ...(body === undefined ? {} : json) })
    if (!response.ok) throw new Error(`${app} answers POST ${path} with ${response.status}: ${await response.text()}`)
  }
  return {
    app: app.toUpperCase(),
    instanceId,
    program: started,
    async view() {
      const response = await fetch(`${started.url}/view`).catch((error) => {
        throw new Error(`${app} does not answer. ${started.lastOutput()}`, { cause: error })
      })
      return (await response.json()) as Seen[]
    },
    changeMetadata: (entries) => post(`/metadata?${new URLSearchParams(entries)}`),
    setOwnStatus: (status) => post('/actuator/serviceregistry', { status }),
  }
}

/** Spring's settings for a service that looks and says that it is alive every second. */
export function springProperties(app: string, instanceId: string, serviceUrl: string): Record<string, unknown> {
  return {
    'spring.application.name': app,
    'eureka.client.service-url.defaultZone': serviceUrl,
    'eureka.client.registry-fetch-interval-seconds': 1,
    'eureka.client.instance-info-replication-interval-seconds': 1,
    'eureka.client.initial-instance-info-replication-interval-seconds': 1,
    'eureka.instance.hostname': '127.0.0.1',
    'eureka.instance.ip-address': '127.0.0.1',
    'eureka.instance.instance-id': instanceId,
    'eureka.instance.lease-renewal-interval-in-seconds': 1,
    'eureka.instance.lease-expiration-duration-in-seconds': LEASE_SECS,
  }
}

function netflixProperties(app: string, instanceId: string, serviceUrl: string): Record<string, unknown> {
  return {
    'eureka.name': app,
    'eureka.vipAddress': app,
    'eureka.instanceId': instanceId,
    'eureka.serviceUrl.default': serviceUrl,
    'eureka.client.refresh.interval': 1,
    'eureka.appinfo.replicate.interval': 1,
    'eureka.lease.renewalInterval': 1,
    'eureka.lease.duration': LEASE_SECS,
    'eureka.preferSameZone': false,
    'eureka.shouldUseDns': false,
  }
}
