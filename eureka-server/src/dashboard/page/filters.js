/** @import { Filter, Status } from './instances.js' */
/** @import { Words } from './language.js' */
import { byId, el, setAttribute, setChildren, setText } from './dom.js'
import { STATUS_WORDS } from './instance-row.js'
import { STATUSES } from './instances.js'

/** @typedef {{ size: number, statuses: ReadonlyMap<Status, number>, zones: readonly string[] }} Summary */

/** Zones come from instances and may be called anything. */
const ANY_ZONE = 'any'
const ZONE_PREFIX = 'zone:'

/**
 * What somebody looks for.
 * @param {() => void} onChange
 */
export function createFilters(onChange) {
  const text = byId('filter-text', HTMLInputElement)
  const zone = byId('filter-zone', HTMLSelectElement)
  const chips = byId('filter-status', HTMLElement)
  /** @type {Map<Status | '', HTMLButtonElement>} */
  const buttons = new Map()
  /** @type {Status | ''} */
  let status = ''
  text.oninput = onChange
  zone.onchange = onChange

  /** @param {Status | ''} value */
  function buttonOf(value) {
    const button =
      buttons.get(value) ??
      el('button', {
        type: 'button',
        class: 'chip',
        'data-status': value,
        onclick: () => {
          status = status === value ? '' : value
          onChange()
        },
      })
    buttons.set(value, button)
    return button
  }

  /**
   * @param {Summary} summary
   * @param {Words} words
   */
  function renderStatuses({ size, statuses }, { t, number }) {
    const present = STATUSES.filter((value) => statuses.has(value) || value === status)
    const shown = present.map((value) => {
      const button = buttonOf(value)
      setText(button, `${t(STATUS_WORDS[value])} ${number(statuses.get(value) ?? 0)}`)
      setAttribute(button, 'aria-pressed', String(value === status))
      return button
    })
    const all = buttonOf('')
    setText(all, `${t('anyStatus')} ${number(size)}`)
    setAttribute(all, 'aria-pressed', String(status === ''))
    setChildren(chips, [all, ...shown])
  }

  /**
   * @param {readonly string[]} zones
   * @param {Words} words
   */
  function renderZones(zones, { t }) {
    const chosen = zone.value
    const known = zones.map((name) => ZONE_PREFIX + name)
    const values = [ANY_ZONE, ...known, ...(chosen === '' || chosen === ANY_ZONE || known.includes(chosen) ? [] : [chosen])]
    const labels = values.map((value) => (value === ANY_ZONE ? t('anyZone') : value.slice(ZONE_PREFIX.length) || t('noZone')))
    const key = JSON.stringify(labels)
    if (zone.dataset.options === key) return
    zone.dataset.options = key
    zone.replaceChildren(...values.map((value, index) => el('option', { value }, labels[index] ?? '')))
    zone.value = chosen === '' ? ANY_ZONE : chosen
  }

  return {
    /** @returns {Filter} */
    current() {
      const isAny = zone.value === ANY_ZONE || zone.value === ''
      return { text: text.value, zone: isAny ? undefined : zone.value.slice(ZONE_PREFIX.length), status }
    },

    clear() {
      text.value = ''
      zone.value = ANY_ZONE
      status = ''
      text.focus()
      onChange()
    },

    /**
     * @param {Summary} summary
     * @param {Words} words
     */
    render(summary, words) {
      renderStatuses(summary, words)
      renderZones(summary.zones, words)
      // A choice of one is none.
      byId('zone-field', HTMLElement).hidden = summary.zones.length < 2 && zone.value === ANY_ZONE
    },
  }
}
