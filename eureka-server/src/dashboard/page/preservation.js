/** @import { DashboardState } from '../state.ts' */
/** @import { MessageKey, Values, Words } from './language.js' */

/** @typedef {DashboardState['preservation']} Numbers */
/** @typedef {'off' | 'empty' | 'well' | 'silent' | 'active' | 'deaf'} PreservationKind */

/** @type {Record<PreservationKind, MessageKey>} */
export const KIND_WORDS = {
  off: 'preservationOff',
  empty: 'preservationEmpty',
  well: 'preservationWell',
  silent: 'preservationSilent',
  active: 'preservationActive',
  deaf: 'preservationActive',
}

/**
 * What the numbers of self-preservation amount to. `deaf`: active, and nobody at all is heard.
 * @param {Numbers} numbers
 * @returns {PreservationKind}
 */
export function kindOf({ isEnabled, isActive, registered, heard }) {
  if (isActive) return heard === 0 ? 'deaf' : 'active'
  if (!isEnabled) return 'off'
  if (registered === 0) return 'empty'
  return registered > heard ? 'silent' : 'well'
}

/**
 * How many must be heard for instances to be evicted as usual.
 * @param {Numbers} numbers
 */
export function neededOf({ expected, tolerated }) {
  return Math.max(0, expected - tolerated)
}

/**
 * The state in sentences, with its numbers.
 * @param {Numbers} numbers
 * @param {Words} words
 * @param {number} nowMs
 */
export function explain(numbers, words, nowMs) {
  return sentences(numbers, words, nowMs)
    .map(([key, values]) => words.t(key, values))
    .join(' ')
}

/**
 * @param {Numbers} numbers
 * @param {Words} words
 * @param {number} nowMs
 * @returns {[MessageKey, Values?][]}
 */
function sentences(numbers, words, nowMs) {
  const { registered, heard, expected, tolerated, sinceMs = nowMs, maxMs } = numbers
  const missing = expected - heard
  const since = words.time(sinceMs, nowMs)
  const needed = neededOf(numbers)
  switch (kindOf(numbers)) {
    case 'off':
      return [['offText']]
    case 'empty':
      return [['emptyText']]
    case 'well': {
      const more = tolerated - missing
      return more < registered && more > 0
        ? [
            ['wellText', { count: registered }],
            ['marginText', { count: more }],
          ]
        : [['wellText', { count: registered }]]
    }
    case 'silent':
      return [
        ['silentText', { count: registered - heard, registered }],
        ['silentMarginText', { count: tolerated }],
      ]
    case 'active':
      return [
        ['activeText', { since, heard, expected, missing, tolerated }],
        ['activeEndsText', { needed, until: words.time(sinceMs + maxMs, nowMs) }],
      ]
    case 'deaf':
      return [
        ['deafText', { since, count: expected }],
        ['deafEndsText', { needed }],
      ]
  }
}
