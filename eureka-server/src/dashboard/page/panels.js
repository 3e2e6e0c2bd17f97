/** @import { DashboardState } from '../state.ts' */
/** @import { PeerState } from '../../peers/peer.ts' */
/** @import { RecentChange } from '../recent-changes.ts' */
/** @import { MessageKey, Words } from './language.js' */
import { byId, el, setAttribute, setChildren, setText } from './dom.js'
import { STATUS_WORDS } from './instance-row.js'
import { explain, KIND_WORDS, kindOf, neededOf } from './preservation.js'

const FEW_CHANGES = 6
const MEBIBYTE = 1_048_576

/**
 * What self-preservation does, in words and numbers.
 * @param {DashboardState['preservation']} numbers
 * @param {Words} words
 * @param {number} nowMs
 */
export function renderPreservation(numbers, words, nowMs) {
  const { t, number } = words
  const { heard, expected, tolerated, registered } = numbers
  const kind = kindOf(numbers)
  const needed = neededOf(numbers)
  setAttribute(byId('preservation', HTMLElement), 'data-kind', kind)
  setText(byId('preservation-kind', HTMLElement), t(KIND_WORDS[kind]))
  setText(byId('preservation-text', HTMLElement), explain(numbers, words, nowMs))
  setText(byId('number-heard', HTMLElement), number(heard))
  setText(byId('number-expected', HTMLElement), number(expected))
  setText(byId('number-tolerated', HTMLElement), number(tolerated))
  setText(byId('number-registered', HTMLElement), number(registered))
  const gauge = byId('gauge', HTMLElement)
  gauge.hidden = expected === 0 || kind === 'off'
  setAttribute(gauge, 'aria-label', t('gauge', { heard, expected, needed }))
  byId('gauge-heard', HTMLElement).style.inlineSize = percent(heard, expected)
  byId('gauge-limit', HTMLElement).style.insetInlineStart = percent(needed, expected)
}

/**
 * @param {number} part
 * @param {number} whole
 */
function percent(part, whole) {
  return `${whole === 0 ? 0 : Math.min(100, (100 * part) / whole)}%`
}

/**
 * @param {readonly PeerState[]} peers
 * @param {Words} words
 */
export function renderPeers(peers, words) {
  byId('no-peers', HTMLElement).hidden = peers.length > 0
  byId('peers', HTMLElement).replaceChildren(...peers.map((peer) => peerEntry(peer, words)))
}

/**
 * @param {PeerState} peer
 * @param {Words} words
 */
function peerEntry({ url, isReachable, queued, lagMs, lastProblem }, { t, number, duration }) {
  const state = el('span', { class: 'pill', 'data-status': isReachable ? 'UP' : 'DOWN' }, t(isReachable ? 'reachable' : 'unreachable'))
  const lag = lagMs < 1000 ? `${number(lagMs)} ms` : duration(lagMs)
  return el(
    'li',
    { 'data-testid': 'peer' },
    el('p', { class: 'url' }, url),
    el('p', { class: 'soft' }, state, ` ${t('peerQueue', { count: queued })} · ${t('peerLag', { lag })}`),
    ...(lastProblem === undefined ? [] : [el('p', { class: 'problem' }, lastProblem)]),
  )
}

/** @type {Record<RecentChange['what'], MessageKey>} */
const CHANGE_WORDS = {
  registered: 'changeRegistered',
  'registered-again': 'changeRegisteredAgain',
  changed: 'changeChanged',
  left: 'changeLeft',
  evicted: 'changeEvicted',
}

/** Rows by the change's number. @type {Map<string, HTMLElement>} */
let changeRows = new Map()

/**
 * @param {readonly RecentChange[]} changes oldest first
 * @param {boolean} isWhole all of them, or the last few
 * @param {Words} words
 * @param {number} nowMs
 */
export function renderChanges(changes, isWhole, words, nowMs) {
  byId('no-changes', HTMLElement).hidden = changes.length > 0
  const shown = (isWhole ? changes : changes.slice(-FEW_CHANGES)).toReversed()
  const rows = new Map(
    shown.map((change) => {
      const key = `${words.language} ${change.number} ${change.atMs}`
      return [key, changeRows.get(key) ?? changeRow(change, words, nowMs)]
    }),
  )
  changeRows = rows
  setChildren(byId('change-rows', HTMLElement), [...rows.values()])
}

/**
 * @param {RecentChange} change
 * @param {Words} words
 * @param {number} nowMs
 */
function changeRow({ atMs, what, app, instanceId, status }, { t, time }, nowMs) {
  const text = t(CHANGE_WORDS[what], { status: t(STATUS_WORDS[status]) })
  return el(
    'li',
    { 'data-testid': 'change', 'data-what': what, 'data-status': status },
    el('time', { datetime: new Date(atMs).toISOString() }, time(atMs, nowMs)),
    el('span', { class: 'who' }, el('span', { class: 'app' }, app), ' ', el('span', { class: 'id' }, instanceId)),
    el('span', { class: 'what' }, text),
  )
}

/**
 * @param {DashboardState['server']} server
 * @param {Words} words
 * @param {number} nowMs
 */
export function renderServer(server, { t, number, duration }, nowMs) {
  setText(byId('place', HTMLElement), `${server.environment} · ${server.dataCenter}`)
  /** @type {[MessageKey, string][]} */
  const facts = [
    ['environment', server.environment],
    ['dataCenter', server.dataCenter],
    ['version', server.version],
    ['uptime', duration(nowMs - server.startedAtMs)],
    ['memory', `${number(Math.round(server.memoryBytes / MEBIBYTE))} MiB`],
    ['watchers', number(server.watchers)],
  ]
  const list = byId('server-facts', HTMLElement)
  for (const [index, [key, value]] of facts.entries()) {
    const entry = list.children[index] ?? list.appendChild(el('div', {}, el('dt'), el('dd')))
    const [term, description] = entry.children
    if (term) setText(term, t(key))
    if (description) setText(description, value)
  }
}
