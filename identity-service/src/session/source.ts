import { isIPv6 } from 'node:net'

/**
 * Who a request comes from, for limits: the address that the gateway saw, which it put last in `X-Forwarded-For` (what
 * stands before it, anybody may have written), else the peer. An IPv6 customer has a whole /64 network, so that is it.
 */
export function sourceOf(forwardedFor: string | undefined, peer: string): string {
  const last = forwardedFor?.split(',').at(-1)?.trim()
  const address = last === undefined || last === '' ? peer : last.slice(0, 64)
  const v4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (v4 !== undefined || !isIPv6(address)) return v4 ?? address
  return `${networkOf(address)}::/64`
}

/** The first four groups of an address, written out. */
function networkOf(address: string): string {
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? []
  const groups = head === '' ? [] : head.split(':')
  const tailGroups = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: Math.max(0, 8 - groups.length - tailGroups.length) }, () => '0')
  return [...groups, ...(tail === undefined ? [] : zeros), ...tailGroups]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}
