import { type BenchInstance, HEARTBEAT_QUERY, type Lease, registrationOf, replicatedHeartbeat } from './instances.ts'

// What Spring's clients send.
const ACCEPT = 'Accept: application/json, application/*+json\r\n'

/** The requests of Eureka's protocol, each as the bytes that are sent. `host` is `name:port`. */
export function createRequests(host: string) {
  function request(method: string, path: string, headers = '', body?: string): Buffer {
    const type = body === undefined ? '' : 'Content-Type: application/json\r\n'
    const length = method === 'GET' ? '' : `Content-Length: ${Buffer.byteLength(body ?? '')}\r\n`
    return Buffer.from(`${method} /eureka/${path} HTTP/1.1\r\nHost: ${host}\r\n${ACCEPT}${headers}${type}${length}\r\n${body ?? ''}`)
  }

  const pathOf = ({ app, id }: BenchInstance) => `apps/${app}/${id}`
  const read = (path: string, isGzip: boolean) => request('GET', path, isGzip ? 'Accept-Encoding: gzip\r\n' : '')

  return {
    register: (instance: BenchInstance, lease: Lease) =>
      request('POST', `apps/${instance.app}`, '', JSON.stringify({ instance: registrationOf(instance, lease) })),
    heartbeat: (instance: BenchInstance) => request('PUT', `${pathOf(instance)}?${HEARTBEAT_QUERY}`),
    cancel: (instance: BenchInstance) => request('DELETE', pathOf(instance)),
    full: ({ isGzip }: { isGzip: boolean }) => read('apps/', isGzip),
    delta: ({ isGzip }: { isGzip: boolean }) => read('apps/delta', isGzip),
    batch: (instances: readonly BenchInstance[]) =>
      request('POST', 'peerreplication/batch/', '', JSON.stringify({ replicationList: instances.map(replicatedHeartbeat) })),
  }
}

export type Requests = ReturnType<typeof createRequests>
