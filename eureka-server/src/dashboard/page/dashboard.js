/** @import { DashboardState, LeaseRow } from '../state.ts' */
/** @import { MessageKey } from './language.js' */
/** @import { StreamState } from './event-stream.js' */
import { createActions } from './actions.js'
import { ApiError, createApi } from './api.js'
import { createNotice, createSignIn } from './dialogs.js'
import { byId, setAttribute, setText } from './dom.js'
import { followStream } from './event-stream.js'
import { createFilters } from './filters.js'
import { createInstanceTable } from './instance-table.js'
import { createInstances } from './instances.js'
import { createWords, keepLanguage, startLanguage } from './language.js'
import { renderChanges, renderPeers, renderPreservation, renderServer } from './panels.js'

const POLL_MS = 3000
const TICK_MS = 1000
const MAX_CHANGES = 1000

const api = createApi(new URL('.', import.meta.url).href)
const instances = createInstances()
const notice = createNotice()
const signIn = createSignIn(trySignIn)
const filters = createFilters(scheduleRender)
const actions = createActions({ api, say: notice.say, onUnauthorized: signIn.open, onDone: pollNow, getWords: () => words })
const table = createInstanceTable(byId('instance-table', HTMLTableElement), { ...actions, changed: scheduleRender })

let words = createWords(startLanguage())
/** @type {DashboardState | undefined} */
let state
/** @type {DashboardState['changes']} */
let changes = []
/** @type {Map<string, Map<string, LeaseRow>>} */
let leases = new Map()
/** The registry's clock less this one's, ms. */
let clockOffsetMs = 0
/** @type {StreamState} */
let streamState = 'connecting'
let lastHeardMs = Date.now()
let hasSnapshot = false
let user = ''
let openApplications = ''

const nowMs = () => Date.now() + clockOffsetMs

/** What the page knows from asking: everything but the instances. */
async function poll() {
  try {
    const isFirst = state === undefined
    const next = await api.state(changes.at(-1)?.number ?? 0)
    const hasRestarted = state !== undefined && state.server.startedAtMs !== next.server.startedAtMs
    clockOffsetMs = next.nowMs - Date.now()
    // Numbers begin anew with the process, so what was asked for is of no use; all of it is asked for now.
    if (hasRestarted) changes = []
    else addChanges(next.changes)
    state = next
    if (isFirst) stream = startStream()
    if (hasRestarted) return poll()
    await readLeases()
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    if (!state) onStream(error.status === 401 || error.status === 403 ? 'refused' : 'lost')
  }
  scheduleRender()
}

/** @param {DashboardState['changes']} next */
function addChanges(next) {
  const lastNumber = changes.at(-1)?.number ?? 0
  changes = [...changes, ...next.filter(({ number }) => number > lastNumber)].slice(-MAX_CHANGES)
}

async function readLeases() {
  const open = table.openApplications()
  openApplications = open.join('\n')
  if (open.length === 0 || currentView() !== 'instances') return
  const answer = await api.leases(open)
  leases = new Map(Object.entries(answer.applications).map(([app, rows]) => [app, new Map(rows.map((row) => [row[0], row]))]))
}

/** Asks again and again while somebody looks. */
async function pollWhileVisible() {
  if (document.visibilityState === 'visible') await poll()
  // Another one may have come to its end meanwhile (pollNow).
  clearTimeout(pollTimer)
  pollTimer = setTimeout(pollWhileVisible, POLL_MS)
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let pollTimer

function pollNow() {
  clearTimeout(pollTimer)
  return pollWhileVisible()
}

function startStream() {
  return followStream({
    url: api.streamUrl(),
    options: api.options,
    onState: onStream,
    onEvent({ event, data }) {
      instances.apply(event, JSON.parse(data).applications.application)
      hasSnapshot = true
      scheduleRender()
    },
  })
}

/** @type {ReturnType<typeof followStream> | undefined} */
let stream

/** @param {StreamState} next */
function onStream(next) {
  if (streamState === 'live' && next !== 'live') lastHeardMs = Date.now()
  // It is refused again and again until somebody signs in, who may have closed the dialog.
  if (next === 'refused' && streamState !== 'refused') signIn.open()
  streamState = next
  scheduleRender()
}

/**
 * @param {string} name
 * @param {string} password
 */
async function trySignIn(name, password) {
  api.signIn(name, password)
  try {
    const { viewer } = await api.state(Number.MAX_SAFE_INTEGER)
    // Whoever is known and may only look has signed in, too.
    if (viewer.signIn) throw new ApiError(401)
  } catch (error) {
    api.signOut()
    return words.t(error instanceof ApiError && error.status !== 0 ? 'signInWrong' : 'signInUnreachable')
  }
  user = name
  notice.say(words.t('signedIn', { user }), 'done')
  stream?.reconnect()
  await pollNow()
  return undefined
}

function onSignInButton() {
  if (user === '') return signIn.open()
  user = ''
  api.signOut()
  void pollNow()
}

let isRenderScheduled = false

/** Draws soon, at most once per frame; not at all while nobody can see it. */
function scheduleRender() {
  if (isRenderScheduled) return
  isRenderScheduled = true
  requestAnimationFrame(() => {
    isRenderScheduled = false
    render()
  })
}

function render() {
  const { t, time } = words
  setText(byId('clock', HTMLElement), time(nowMs(), nowMs()))
  renderConnection()
  if (state) {
    renderPreservation(state.preservation, words, nowMs())
    renderPeers(state.peers, words)
    renderServer(state.server, words, nowMs())
  }
  renderSignIn()
  renderChanges(changes, currentView() === 'changes', words, nowMs())
  const summary = instances.summary()
  filters.render(summary, words)
  const groups = instances.select(filters.current())
  table.render(groups, { words, nowMs: nowMs(), mayAct: state?.viewer.mayAct ?? false, leases })
  renderNothing(summary.size, groups.length)
  const totals = {
    instances: t('instanceCount', { count: summary.size }),
    applications: t('applicationCount', { count: summary.applications }),
  }
  setText(byId('totals', HTMLElement), hasSnapshot ? t('totals', totals) : '')
  const toggle = byId('toggle-all', HTMLButtonElement)
  toggle.hidden = groups.length < 2
  setText(toggle, t(table.isAllOpen() ? 'collapseAll' : 'expandAll'))
  // Ages of what has just been opened are wanted now, not at the next turn.
  if (state && hasSnapshot && table.openApplications().join('\n') !== openApplications) {
    openApplications = table.openApplications().join('\n')
    void readLeases().then(scheduleRender, () => undefined)
  }
}

/** @type {Record<StreamState, MessageKey>} */
const LIVE_WORDS = { connecting: 'connecting', live: 'live', lost: 'lost', busy: 'lost', refused: 'lost' }
/** @type {Partial<Record<StreamState, MessageKey>>} */
const LOST_WORDS = { lost: 'lostLong', busy: 'busyLong', refused: 'refusedLong' }

function renderConnection() {
  const live = byId('live', HTMLElement)
  setAttribute(live, 'data-state', streamState)
  setText(live, words.t(LIVE_WORDS[streamState]))
  const key = LOST_WORDS[streamState]
  const banner = byId('lost', HTMLElement)
  banner.hidden = key === undefined
  setText(banner, key === undefined ? '' : words.t(key, { time: words.time(lastHeardMs + clockOffsetMs, nowMs()) }))
}

function renderSignIn() {
  const button = byId('sign-in', HTMLButtonElement)
  button.hidden = user === '' && !state?.viewer.signIn && streamState !== 'refused'
  setText(button, user === '' ? words.t('signIn') : words.t('signOut', { user }))
}

/**
 * @param {number} size
 * @param {number} found
 */
function renderNothing(size, found) {
  const nothing = byId('nothing', HTMLElement)
  nothing.hidden = found > 0
  byId('instance-table', HTMLElement).hidden = found === 0
  const key = !hasSnapshot ? 'loading' : size === 0 ? 'nothingRegistered' : 'nothingFound'
  setText(byId('nothing-text', HTMLElement), words.t(key))
  byId('clear-filters', HTMLButtonElement).hidden = key !== 'nothingFound'
}

/** Puts the words that never change into the page. */
function translate() {
  document.documentElement.lang = words.language
  document.title = words.t('title')
  for (const element of document.querySelectorAll('[data-t]')) setText(element, words.t(keyIn(element, 'data-t')))
  for (const element of document.querySelectorAll('[data-t-label]'))
    element.setAttribute('aria-label', words.t(keyIn(element, 'data-t-label')))
  for (const element of document.querySelectorAll('[data-t-hint]'))
    element.setAttribute('placeholder', words.t(keyIn(element, 'data-t-hint')))
  const button = byId('language', HTMLButtonElement)
  button.lang = words.language === 'ko' ? 'en' : 'ko'
}

/**
 * @param {Element} element
 * @param {string} attribute
 */
function keyIn(element, attribute) {
  return /** @type {MessageKey} */ (element.getAttribute(attribute)) // written in index.html
}

function switchLanguage() {
  words = createWords(words.language === 'ko' ? 'en' : 'ko')
  keepLanguage(words.language)
  translate()
  scheduleRender()
}

function currentView() {
  return /\/lastn\/?$/.test(location.pathname) ? 'changes' : 'instances'
}

/** Shows what the address says. */
function showView() {
  const view = currentView()
  byId('main', HTMLElement).dataset.view = view
  for (const name of ['instances', 'changes']) {
    const link = byId(`view-${name}`, HTMLAnchorElement)
    if (name === view) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
  }
  openApplications = ''
  scheduleRender()
}

/**
 * Follows a link within the page, which would forget the sign-in if it were loaded anew.
 * @param {MouseEvent} event
 */
function onViewLink(event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey || !(event.currentTarget instanceof HTMLAnchorElement)) return
  event.preventDefault()
  history.pushState(null, '', event.currentTarget.href)
  showView()
  scrollTo(0, 0)
}

for (const id of ['view-instances', 'view-changes', 'all-changes']) byId(id, HTMLAnchorElement).onclick = onViewLink
byId('language', HTMLButtonElement).onclick = switchLanguage
byId('sign-in', HTMLButtonElement).onclick = onSignInButton
byId('toggle-all', HTMLButtonElement).onclick = () => table.openAll(!table.isAllOpen())
byId('clear-filters', HTMLButtonElement).onclick = () => filters.clear()
addEventListener('popstate', showView)
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') void pollNow()
})
setInterval(scheduleRender, TICK_MS)
translate()
showView()
void pollWhileVisible()
