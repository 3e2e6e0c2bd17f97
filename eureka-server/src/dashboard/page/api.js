/** @import { DashboardLeases, DashboardState } from '../state.ts' */
/** @import { Status } from './instances.js' */
/** @import { MessageKey } from './language.js' */

/** @typedef {ReturnType<typeof createApi>} Api */

const TIMEOUT_MS = 10_000

/** The registry refused, or could not be reached (status 0). */
export class ApiError extends Error {
  /** @param {number} status */
  constructor(status) {
    super(`The registry answered ${status}.`)
    this.status = status
  }
}

/**
 * What the page asks of the registry. Who has signed in is known to this page only, and forgotten with it.
 * Errors: ApiError.
 * @param {string} dashboardUrl where the page's scripts are
 */
export function createApi(dashboardUrl) {
  let authorization = ''
  let eurekaUrl = new URL('../eureka/', dashboardUrl)

  /**
   * Who asks. Somebody who has signed in here is not to be asked by the browser, too; without that the browser may know
   * somebody.
   * @returns {{ headers: Record<string, string>, credentials: RequestCredentials }}
   */
  function options() {
    // By this header the registry knows that the page asks its user itself, and has the browser ask nobody.
    const ours = { 'x-requested-with': 'XMLHttpRequest' }
    return authorization === ''
      ? { headers: ours, credentials: 'same-origin' }
      : { headers: { ...ours, authorization }, credentials: 'omit' }
  }

  /**
   * @param {URL} url
   * @param {string} [method]
   */
  async function ask(url, method = 'GET') {
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const answer = await fetch(url, { method, cache: 'no-store', signal, ...options() }).catch(() => undefined)
    if (!answer?.ok) throw new ApiError(answer?.status ?? 0)
    return answer
  }

  /**
   * @param {string} app
   * @param {string} instanceId
   * @param {string} [rest]
   */
  function instanceUrl(app, instanceId, rest = '') {
    return new URL(`apps/${encodeURIComponent(app)}/${encodeURIComponent(instanceId)}${rest}`, eurekaUrl)
  }

  /** @param {readonly string[]} apps @returns {Promise<DashboardLeases>} */
  async function leases(apps) {
    const query = new URLSearchParams(apps.map((app) => ['app', app]))
    return (await ask(new URL(`leases?${query}`, dashboardUrl))).json()
  }

  return {
    options,
    streamUrl: () => new URL('apps/stream', eurekaUrl),

    /** @param {number} after the last change that is known @returns {Promise<DashboardState>} */
    async state(after) {
      const answer = await ask(new URL(`state?after=${after}`, dashboardUrl))
      /** @type {DashboardState} */
      const state = await answer.json()
      eurekaUrl = new URL(state.eurekaUrl, dashboardUrl)
      return state
    },

    leases,

    /** @param {string} app @param {string} instanceId */
    async takeOut(app, instanceId) {
      await ask(instanceUrl(app, instanceId, '/status?value=OUT_OF_SERVICE'), 'PUT')
    },

    /**
     * Gives an instance the status back that it gave itself, and answers it.
     * @param {string} app
     * @param {string} instanceId
     * @returns {Promise<Status>}
     */
    async restore(app, instanceId) {
      const { applications } = await leases([app])
      const [, , ownStatus = 'UNKNOWN'] = applications[app]?.find(([id]) => id === instanceId) ?? []
      await ask(instanceUrl(app, instanceId, `/status?value=${ownStatus}`), 'DELETE')
      return ownStatus
    },

    /** @param {string} app @param {string} instanceId */
    async remove(app, instanceId) {
      await ask(instanceUrl(app, instanceId), 'DELETE')
    },

    /** @param {string} user @param {string} password */
    signIn(user, password) {
      const bytes = new TextEncoder().encode(`${user}:${password}`)
      authorization = `Basic ${btoa(String.fromCharCode(...bytes))}`
    },

    signOut() {
      authorization = ''
    },
  }
}

/**
 * Why something was not possible.
 * @param {number} status
 * @returns {MessageKey}
 */
export function reasonOf(status) {
  return REASONS[status] ?? 'whyRefused'
}

/** @type {Record<number, MessageKey>} */
const REASONS = { 0: 'whyUnreachable', 401: 'whyUnauthorized', 403: 'whyForbidden', 404: 'whyGone' }
