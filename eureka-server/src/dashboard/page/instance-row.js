/** @import { LeaseRow } from '../state.ts' */
/** @import { Instance, Status } from './instances.js' */
/** @import { MessageKey, Words } from './language.js' */
import { el, setAttribute, setChildren, setText } from './dom.js'
import { instanceDetails } from './instance-details.js'
import { endpointOf, safeLink } from './instances.js'

/**
 * What rows are drawn from, beside their instance.
 * @typedef {object} RowView
 * @property {Words} words
 * @property {number} nowMs The registry's time.
 * @property {boolean} mayAct
 */

/**
 * What the buttons of a row do.
 * @typedef {object} RowActions
 * @property {(instance: Instance) => void} takeOut
 * @property {(instance: Instance) => void} restore
 * @property {(instance: Instance) => void} remove
 * @property {() => void} changed Something is to be drawn again.
 */

/** @typedef {ReturnType<typeof createInstanceRow>} InstanceRow */

export const COLUMNS = 6

/** @type {Record<Status, MessageKey>} */
export const STATUS_WORDS = {
  UP: 'statusUp',
  DOWN: 'statusDown',
  STARTING: 'statusStarting',
  OUT_OF_SERVICE: 'statusOutOfService',
  UNKNOWN: 'statusUnknown',
}

/**
 * The row of an instance, and the row of its details while they are open.
 * @param {RowActions} actions
 */
export function createInstanceRow(actions) {
  /** @type {Instance | undefined} */
  let shown
  /** @type {{ instance: Instance, words: Words } | undefined} */
  let detailed
  let isOpen = false
  const name = el('span', { class: 'id' })
  const host = el('span', { class: 'host' })
  const pill = el('span', { class: 'pill' })
  const override = el('small')
  const zone = el('td', { role: 'cell' })
  const lease = el('td', { role: 'cell' })
  const renewed = el('span')
  const leaseLength = el('small')
  const bar = el('span', { class: 'bar' })
  const details = button(() => {
    isOpen = !isOpen
    actions.changed()
  })
  const takeOut = button(() => shown && actions.takeOut(shown))
  const restore = button(() => shown && actions.restore(shown))
  const remove = button(() => shown && actions.remove(shown))
  const statusCell = el('td', { role: 'cell' }, pill, override)
  const renewalCell = el(
    'td',
    { role: 'cell', class: 'renewal' },
    el('div', { class: 'ages' }, renewed, leaseLength),
    el('span', { class: 'meter', 'aria-hidden': 'true' }, bar),
  )
  const buttons = el('td', { role: 'cell', class: 'actions' }, details)
  const row = el('tr', { role: 'row', 'data-testid': 'instance' })
  row.append(el('th', { role: 'rowheader', scope: 'row' }, name, host), statusCell, zone, lease, renewalCell, buttons)
  const detailCell = el('td', { role: 'cell', colspan: COLUMNS })
  const detailRow = el('tr', { role: 'row', class: 'details' }, detailCell)

  /**
   * @param {Instance} instance
   * @param {LeaseRow | undefined} leaseRow
   * @param {RowView} view
   */
  function update(instance, leaseRow, { words, nowMs, mayAct }) {
    const { t } = words
    const { wire } = instance
    const isNew = shown !== instance
    shown = instance
    setAttribute(row, 'data-status', wire.status)
    setText(name, wire.instanceId)
    if (isNew) host.replaceChildren(hostOf(instance))
    setAttribute(pill, 'data-status', wire.status)
    setText(pill, t(STATUS_WORDS[wire.status]))
    setText(override, overrideText(instance, leaseRow, words))
    setText(zone, instance.zone || '–')
    setAttribute(zone, 'data-label', t('columnZone'))
    setText(lease, words.duration(nowMs - wire.leaseInfo.registrationTimestamp))
    setAttribute(lease, 'data-label', t('columnLease'))
    setAttribute(renewalCell, 'data-label', t('columnRenewal'))
    updateRenewal(instance, leaseRow, words, nowMs)
    updateButtons(instance, words, mayAct)
    if (isOpen) updateDetails(instance, words, nowMs)
  }

  /**
   * @param {Instance} instance
   * @param {Words} words
   * @param {number} nowMs
   */
  function updateDetails(instance, words, nowMs) {
    // Only when they are others: a link in them may have the focus, or a text be marked.
    if (detailed?.instance === instance && detailed.words === words) return
    detailed = { instance, words }
    detailCell.replaceChildren(instanceDetails(instance, words, nowMs))
  }

  /**
   * @param {Instance} instance
   * @param {LeaseRow | undefined} leaseRow
   * @param {Words} words
   * @param {number} nowMs
   */
  function updateRenewal({ wire }, leaseRow, words, nowMs) {
    const { renewalIntervalInSecs, durationInSecs } = wire.leaseInfo
    const durationMs = durationInSecs * 1000
    const silentMs = leaseRow ? Math.max(0, nowMs - leaseRow[1]) : undefined
    const age = silentMs === undefined ? 'unknown' : ageOf(silentMs, renewalIntervalInSecs * 1000, durationMs)
    setText(renewed, silentMs === undefined ? '–' : words.ago(silentMs))
    setText(leaseLength, words.t(age === 'ended' ? 'ended' : 'leaseOf', { duration: words.duration(durationMs) }))
    setAttribute(renewalCell, 'data-age', age)
    bar.style.inlineSize = `${Math.min(100, (100 * (silentMs ?? 0)) / durationMs)}%`
  }

  /**
   * @param {Instance} instance
   * @param {Words} words
   * @param {boolean} mayAct
   */
  function updateButtons({ wire }, { t }, mayAct) {
    const id = wire.instanceId
    label(details, t('details'), t('detailsOf', { id }))
    setAttribute(details, 'aria-expanded', String(isOpen))
    label(takeOut, t('takeOut'), t('takeOutOf', { id }))
    label(restore, t('restore'), t('restoreOf', { id }))
    label(remove, t('remove'), t('removeOf', { id }))
    const isOverridden = wire.overriddenStatus !== 'UNKNOWN'
    setChildren(buttons, mayAct ? [details, isOverridden ? restore : takeOut, remove] : [details])
  }

  return { update, rows: () => (isOpen ? [row, detailRow] : [row]) }
}

/**
 * `late`: it should have renewed twice since. `ended`: it has no lease any more.
 * @param {number} silentMs
 * @param {number} intervalMs
 * @param {number} durationMs
 */
function ageOf(silentMs, intervalMs, durationMs) {
  if (silentMs > durationMs) return 'ended'
  return silentMs > 2 * intervalMs ? 'late' : 'fresh'
}

/**
 * @param {Instance} instance
 * @param {LeaseRow | undefined} leaseRow
 * @param {Words} words
 */
function overrideText({ wire }, leaseRow, { t }) {
  if (wire.overriddenStatus === 'UNKNOWN') return ''
  const own = leaseRow?.[2]
  if (own === undefined || own === wire.status) return t('overridden')
  return `${t('overridden')}\n${t('ownStatus', { status: t(STATUS_WORDS[own]) })}`
}

/** @param {Instance} instance */
function hostOf({ wire }) {
  const text = `${wire.hostName}:${endpointOf(wire).number}`
  const href = safeLink(wire.statusPageUrl) ?? safeLink(wire.homePageUrl)
  return href === undefined ? text : el('a', { href, target: '_blank', rel: 'noopener noreferrer' }, text)
}

/** @param {() => void} onclick */
function button(onclick) {
  return el('button', { type: 'button', class: 'quiet', onclick })
}

/**
 * @param {HTMLElement} element
 * @param {string} text
 * @param {string} fullText
 */
function label(element, text, fullText) {
  setText(element, text)
  setAttribute(element, 'aria-label', fullText)
}
