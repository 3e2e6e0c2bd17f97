import { CLIENT_OPTIONS, type ClientOptions } from './client-options.ts'
import { INSTANCE_OPTIONS, type InstanceOptions } from './instance-options.ts'
import { plain } from './option-checks.ts'

type Group = Record<string, unknown>

/** Options whose members have names of their own, and what is made of the end of such a variable's name. */
const MAPS: Record<string, (ending: string) => string> = {
  serviceUrl: (zone) => (plain(zone) === 'defaultzone' ? 'defaultZone' : dashed(zone)),
  availabilityZones: dashed,
  metadataMap: (key) => key.toLowerCase(),
}

/**
 * The options that environment variables give in Spring's relaxed form: `EUREKA_CLIENT_SERVICEURL_DEFAULTZONE`,
 * `EUREKA_INSTANCE_LEASE_RENEWAL_INTERVAL_IN_SECONDS` (or without the inner underscores), `EUREKA_INSTANCE_METADATAMAP_ZONE`.
 * Zones and regions are read in lower case with `-` for `_`, keys of metadata in lower case. Variables of no option of
 * ours are passed over. A number or flag that is neither stays text, so `createEurekaClient` names it.
 */
export function optionsFromEnvironment(environment: Readonly<Record<string, string | undefined>>): {
  client: ClientOptions
  instance: InstanceOptions
} {
  const client: Group = {}
  const instance: Group = {}
  for (const [variable, value] of Object.entries(environment)) {
    const [, group, rest] = /^EUREKA_(CLIENT|INSTANCE)_(.+)$/i.exec(variable) ?? []
    if (rest === undefined || value === undefined) continue
    if (group?.toUpperCase() === 'CLIENT') readOption(client, CLIENT_OPTIONS, rest, value)
    else readOption(instance, INSTANCE_OPTIONS, rest, value)
  }
  return { client, instance }
}

function readOption(group: Group, table: Record<string, { fallback: unknown }>, rest: string, value: string): void {
  for (const [option, { fallback }] of Object.entries(table)) {
    const toKey = MAPS[option]
    if (toKey) {
      const ending = endingOf(rest, option)
      if (ending) group[option] = { ...(group[option] as object | undefined), [toKey(ending)]: value }
    } else if (plain(rest) === plain(option)) group[option] = option === 'dataCenterInfo' ? { name: value } : parse(value, fallback)
  }
}

/** What follows the option's name in the variable's, wherever its underscores are. */
function endingOf(rest: string, option: string): string | undefined {
  const letters = [...plain(option)].join('_?')
  return new RegExp(`^${letters}_(.+)$`, 'i').exec(rest)?.[1]
}

function parse(value: string, fallback: unknown): unknown {
  if (typeof fallback === 'number') return value.trim() === '' || Number.isNaN(Number(value)) ? value : Number(value)
  if (typeof fallback === 'boolean') return /^true$/i.test(value) ? true : /^false$/i.test(value) ? false : value
  return value
}

function dashed(name: string): string {
  return name.toLowerCase().replaceAll('_', '-')
}
