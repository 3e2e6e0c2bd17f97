/** @import { LeaseRow } from '../state.ts' */
/** @import { InstanceRow, RowActions, RowView } from './instance-row.js' */
/** @import { Group, Instance, Status } from './instances.js' */
/** @import { Words } from './language.js' */
import { el, setAttribute, setChildren, setText } from './dom.js'
import { COLUMNS, createInstanceRow, STATUS_WORDS } from './instance-row.js'
import { STATUSES } from './instances.js'

/** With more instances than this, applications are opened one by one; on a phone a row is as high as five. */
const MAX_OPEN_INSTANCES = 60
const MAX_OPEN_ON_PHONE = 12
const phone = matchMedia('(width < 46rem)')
/** Rows of an application before one asks for more. */
const ROWS_AT_ONCE = 100
/** Rows of all applications before one asks for more of one: with everything opened, drawing would take seconds. */
const MAX_ROWS = 400

/** @typedef {RowView & { leases: ReadonlyMap<string, ReadonlyMap<string, LeaseRow>> }} TableView */

/** @typedef {ReturnType<typeof createGroup>} TableGroup */

/**
 * The instances by application. Rows are made for open applications only, and kept while they are shown.
 * @param {HTMLTableElement} table
 * @param {RowActions} actions
 */
export function createInstanceTable(table, actions) {
  nameRoles(table)
  /** What somebody has opened or closed. @type {Map<string, boolean>} */
  const choices = new Map()
  /** @type {Map<string, TableGroup>} */
  const drawn = new Map()
  let areOpenByDefault = true

  /** @param {string} name */
  const isOpen = (name) => choices.get(name) ?? areOpenByDefault

  /** @param {string} name */
  function groupOf(name) {
    const group =
      drawn.get(name) ??
      createGroup(name, actions, () => {
        choices.set(name, !isOpen(name))
        actions.changed()
      })
    drawn.set(name, group)
    return group
  }

  return {
    /**
     * @param {readonly Group[]} groups
     * @param {TableView} view
     */
    render(groups, view) {
      const size = groups.reduce((sum, { instances }) => sum + instances.length, 0)
      areOpenByDefault = size <= (phone.matches ? MAX_OPEN_ON_PHONE : MAX_OPEN_INSTANCES)
      const names = new Set(groups.map(({ name }) => name))
      for (const name of drawn.keys()) if (!names.has(name)) drawn.delete(name)
      let rowsLeft = MAX_ROWS
      const bodies = groups.map((group) => {
        const part = groupOf(group.name)
        rowsLeft = Math.max(0, rowsLeft - part.update(group, isOpen(group.name) ? rowsLeft : undefined, view))
        return part.body
      })
      setChildren(table, [...table.querySelectorAll(':scope > caption, :scope > thead'), ...bodies])
    },

    /** The applications whose instances are shown. */
    openApplications: () => [...drawn.keys()].filter(isOpen),

    isAllOpen: () => [...drawn.keys()].every(isOpen),

    /** @param {boolean} open */
    openAll(open) {
      for (const name of drawn.keys()) choices.set(name, open)
      actions.changed()
    },
  }
}

/**
 * On a phone rows are laid out as cards; without their roles some browsers would take the table for none then.
 * @param {HTMLTableElement} table
 */
function nameRoles(table) {
  table.setAttribute('role', 'table')
  for (const part of table.querySelectorAll('thead')) part.setAttribute('role', 'rowgroup')
  for (const part of table.querySelectorAll('tr')) part.setAttribute('role', 'row')
  for (const part of table.querySelectorAll('th')) part.setAttribute('role', 'columnheader')
}

/**
 * An application's part of the table.
 * @param {string} name
 * @param {RowActions} actions
 * @param {() => void} toggle
 */
function createGroup(name, actions, toggle) {
  /** @type {Map<string, InstanceRow>} */
  let rows = new Map()
  let limit = ROWS_AT_ONCE
  const counts = el('span', { class: 'counts' })
  const total = el('span', { class: 'soft' })
  const button = el('button', { type: 'button', class: 'group', onclick: toggle }, el('span', { class: 'app' }, name), total, counts)
  const head = el('tr', { role: 'row', class: 'group' }, el('th', { role: 'rowheader', scope: 'rowgroup', colspan: COLUMNS }, button))
  const body = el('tbody', { role: 'rowgroup', 'data-testid': 'application', 'data-app': name }, head)
  const more = el('button', {
    type: 'button',
    class: 'quiet',
    onclick: () => {
      limit += ROWS_AT_ONCE
      actions.changed()
    },
  })
  const moreRow = el('tr', { role: 'row', class: 'more' }, el('td', { role: 'cell', colspan: COLUMNS }, more))

  /**
   * @param {Group} group
   * @param {number | undefined} rowsLeft How many rows the table still takes; undefined when the application is closed.
   * @param {TableView} view
   * @returns {number} how many rows there are
   */
  function update({ instances, total: size }, rowsLeft, view) {
    const { t, number } = view.words
    const isOpen = rowsLeft !== undefined
    setAttribute(button, 'aria-expanded', String(isOpen))
    const all = t('instanceCount', { count: size })
    setText(total, instances.length === size ? all : `${number(instances.length)} / ${all}`)
    updateCounts(counts, instances, view.words)
    // What somebody has asked for comes in any case.
    const shown = isOpen ? instances.slice(0, Math.min(limit, Math.max(rowsLeft, limit - ROWS_AT_ONCE))) : []
    const left = isOpen ? instances.length - shown.length : 0
    if (left > 0) setText(more, t('showMore', { count: Math.min(left, ROWS_AT_ONCE), left }))
    setChildren(body, [head, ...updateRows(shown, view), ...(left > 0 ? [moreRow] : [])])
    return shown.length
  }

  /**
   * @param {readonly Instance[]} shown
   * @param {TableView} view
   */
  function updateRows(shown, view) {
    const leases = view.leases.get(name)
    const kept = new Map(shown.map(({ wire: { instanceId } }) => [instanceId, rows.get(instanceId) ?? createInstanceRow(actions)]))
    rows = kept
    return shown.flatMap((instance) => {
      const row = kept.get(instance.wire.instanceId)
      row?.update(instance, leases?.get(instance.wire.instanceId), view)
      return row?.rows() ?? []
    })
  }

  return { body, update }
}

/**
 * How many have each status, as small marks.
 * @param {HTMLElement} element
 * @param {readonly Instance[]} instances
 * @param {Words} words
 */
function updateCounts(element, instances, { t, number, language }) {
  /** @type {Map<Status, number>} */
  const counts = new Map()
  for (const { wire } of instances) counts.set(wire.status, (counts.get(wire.status) ?? 0) + 1)
  const present = STATUSES.filter((status) => counts.has(status))
  const key = `${language} ${present.map((status) => `${status} ${counts.get(status)}`)}`
  if (element.dataset.counts === key) return
  element.dataset.counts = key
  element.replaceChildren(
    ...present.map((status) =>
      el('span', { class: 'pill', 'data-status': status }, `${t(STATUS_WORDS[status])} ${number(counts.get(status) ?? 0)}`),
    ),
  )
}
