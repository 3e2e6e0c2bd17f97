/** Where a route leads: a service of the registry, or one fixed address. */
export interface Target {
  kind: 'service' | 'address'
  /** Name in the registry, or the base URL (`http://host:port`). */
  name: string
  /** True when the route is for WebSockets only (`lb:ws://`, `ws://`). */
  isSocket: boolean
}

/**
 * Reads a route's uri: `lb://order-service`, `lb:ws://chat-service`, `http://10.0.0.5:9000`, `ws://10.0.0.5:9000`. A path
 * in it means nothing in Spring Cloud Gateway and is refused here, since who writes one expects it to count.
 */
export function parseTarget(uri: string): Target {
  const parts = /^(lb:ws|lb:http|lb|ws|http):\/\/([^/?#@]+)\/?$/.exec(uri)
  const [, scheme = '', authority = ''] = parts ?? []
  if (!parts) throw new Error(`uri "${uri}" must be lb://service, lb:ws://service, http://host[:port] or ws://host[:port], without a path`)
  const isSocket = scheme.endsWith('ws')
  if (scheme.startsWith('lb')) {
    if (!/^[A-Za-z0-9._-]+$/.test(authority)) throw new Error(`uri "${uri}" must name a service and no port`)
    return { kind: 'service', name: authority, isSocket }
  }
  if (!URL.canParse(`http://${authority}`)) throw new Error(`uri "${uri}" does not name a host`)
  return { kind: 'address', name: `http://${authority}`, isSocket }
}
