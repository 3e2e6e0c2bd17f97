/** @typedef {'UP' | 'DOWN' | 'STARTING' | 'OUT_OF_SERVICE' | 'UNKNOWN'} Status */

/**
 * An instance as Eureka's JSON has it; the members that are read here.
 * @typedef {object} WireInstance
 * @property {string} instanceId
 * @property {string} app
 * @property {string} hostName
 * @property {string} ipAddr
 * @property {Status} status
 * @property {Status} overriddenStatus
 * @property {{ $: number, '@enabled': string }} port
 * @property {{ $: number, '@enabled': string }} securePort
 * @property {{ name: string, metadata?: Record<string, string> }} dataCenterInfo
 * @property {{ renewalIntervalInSecs: number, durationInSecs: number, registrationTimestamp: number, serviceUpTimestamp: number }} leaseInfo
 * @property {Record<string, string>} metadata
 * @property {string} [homePageUrl]
 * @property {string} [statusPageUrl]
 * @property {string} [healthCheckUrl]
 * @property {string} [vipAddress]
 * @property {string} [secureVipAddress]
 * @property {'ADDED' | 'MODIFIED' | 'DELETED'} actionType
 */

/** @typedef {{ name: string, instance: WireInstance[] }} WireApplication */

/**
 * An instance with what it is found by.
 * @typedef {object} Instance
 * @property {WireInstance} wire
 * @property {string} zone Empty when it has none.
 * @property {string} haystack
 */

/** What is looked for; an empty text, zone or status means any. `zone` undefined: any, empty: those without one.
 * @typedef {{ text: string, zone: string | undefined, status: Status | '' }} Filter
 */

/** @typedef {{ name: string, instances: Instance[], total: number }} Group An application, its instances that match, and how many it has. */

/** @type {readonly Status[]} */
export const STATUSES = ['UP', 'STARTING', 'OUT_OF_SERVICE', 'DOWN', 'UNKNOWN']

/** The instances that the registry lists, kept up to date by what it tells. */
export function createInstances() {
  /** @type {Map<string, Map<string, Instance>>} */
  const applications = new Map()
  /** In order, made when they are asked for. @type {Map<string, Instance[]>} */
  const sorted = new Map()
  /** @type {string[] | undefined} */
  let names

  /** @param {WireInstance} wire */
  function put(wire) {
    const known = applications.get(wire.app)
    const application = known ?? new Map()
    if (!known) {
      applications.set(wire.app, application)
      names = undefined
    }
    application.set(wire.instanceId, prepare(wire))
    sorted.delete(wire.app)
  }

  /** @param {WireInstance} wire */
  function remove({ app, instanceId }) {
    const application = applications.get(app)
    if (!application?.delete(instanceId)) return
    sorted.delete(app)
    if (application.size > 0) return
    applications.delete(app)
    names = undefined
  }

  /** @param {string} name */
  function instancesOf(name) {
    const found = sorted.get(name) ?? [...(applications.get(name)?.values() ?? [])].sort(byId)
    sorted.set(name, found)
    return found
  }

  return {
    /**
     * @param {string} event `snapshot` or `changes`
     * @param {WireApplication[]} list
     */
    apply(event, list) {
      if (event === 'snapshot') {
        applications.clear()
        sorted.clear()
        names = undefined
      }
      for (const { instance } of list) {
        for (const wire of instance) {
          if (wire.actionType === 'DELETED' && event !== 'snapshot') remove(wire)
          else put(wire)
        }
      }
    },

    /**
     * The applications that have an instance which matches, by name.
     * @param {Filter} filter
     * @returns {Group[]}
     */
    select(filter) {
      names ??= [...applications.keys()].sort(collator.compare)
      const terms = filter.text.toLowerCase().split(/\s+/).filter(Boolean)
      const isAny = terms.length === 0 && filter.zone === undefined && filter.status === ''
      return names.flatMap((name) => {
        const all = instancesOf(name)
        const instances = isAny ? all : all.filter((instance) => matches(instance, filter, terms))
        return instances.length === 0 ? [] : [{ name, instances, total: all.length }]
      })
    },

    /**
     * @param {string} app
     * @param {string} instanceId
     */
    find: (app, instanceId) => applications.get(app)?.get(instanceId),

    /** How many have each status, and which zones there are; '' for those without one. */
    summary() {
      /** @type {Map<Status, number>} */
      const statuses = new Map()
      /** @type {Set<string>} */
      const zones = new Set()
      let size = 0
      for (const application of applications.values()) {
        for (const { wire, zone } of application.values()) {
          statuses.set(wire.status, (statuses.get(wire.status) ?? 0) + 1)
          zones.add(zone)
          size++
        }
      }
      return { size, applications: applications.size, statuses, zones: [...zones].sort(collator.compare) }
    },
  }
}

const collator = new Intl.Collator('en', { numeric: true })

/**
 * @param {Instance} one
 * @param {Instance} other
 */
function byId(one, other) {
  return collator.compare(one.wire.instanceId, other.wire.instanceId)
}

/**
 * @param {WireInstance} wire
 * @returns {Instance}
 */
function prepare(wire) {
  const zone = wire.metadata.zone ?? wire.dataCenterInfo.metadata?.['availability-zone'] ?? ''
  const { app, instanceId, hostName, ipAddr, vipAddress = '', secureVipAddress = '' } = wire
  const { number } = endpointOf(wire)
  const texts = [app, instanceId, `${hostName}:${number}`, `${ipAddr}:${number}`, vipAddress, secureVipAddress, zone]
  return { wire, zone, haystack: texts.join('\n').toLowerCase() }
}

/**
 * @param {Instance} instance
 * @param {Filter} filter
 * @param {readonly string[]} terms
 */
function matches({ wire, zone, haystack }, filter, terms) {
  if (filter.status !== '' && wire.status !== filter.status) return false
  if (filter.zone !== undefined && zone !== filter.zone) return false
  return terms.every((term) => haystack.includes(term))
}

/**
 * The port that clients use.
 * @param {WireInstance} wire
 */
export function endpointOf({ port, securePort }) {
  const isSecure = securePort['@enabled'] === 'true'
  return { number: isSecure ? securePort.$ : port.$, isSecure }
}

/**
 * A link that can be followed without harm; undefined when the text is none (instances choose it themselves).
 * @param {string | undefined} text
 */
export function safeLink(text) {
  const url = URL.parse(text ?? '')
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? url.href : undefined
}
