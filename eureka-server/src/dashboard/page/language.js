import { en } from './messages-en.js'
import { ko } from './messages-ko.js'

/** @typedef {'en' | 'ko'} Language */
/** @typedef {keyof typeof en} MessageKey */
/** @typedef {string | { one?: string, other: string }} Message */
/** @typedef {Record<MessageKey, Message>} Messages */
/** @typedef {Record<string, string | number>} Values */
/** @typedef {ReturnType<typeof createWords>} Words */

const STORAGE_KEY = 'order-flow.registry.language'

/** @type {Record<Language, Messages>} */
const MESSAGES = { en, ko }

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/**
 * The first language of the list that the page speaks; English when there is none.
 * @param {readonly string[]} languages
 * @returns {Language}
 */
export function browserLanguage(languages) {
  const known = languages.map((tag) => tag.toLowerCase().split('-')[0])
  return known.find((primary) => primary === 'en' || primary === 'ko') === 'ko' ? 'ko' : 'en'
}

/** The language kept from last time, else the browser's. */
export function startLanguage() {
  const kept = readKept()
  return kept === 'en' || kept === 'ko' ? kept : browserLanguage(navigator.languages)
}

/** @param {Language} language */
export function keepLanguage(language) {
  try {
    localStorage.setItem(STORAGE_KEY, language)
  } catch {
    // Without storage it is asked again next time.
  }
}

function readKept() {
  try {
    return localStorage.getItem(STORAGE_KEY)
  } catch {
    return null
  }
}

/**
 * The words, numbers and times of a language.
 * @param {Language} language
 */
export function createWords(language) {
  const messages = MESSAGES[language]
  const plurals = new Intl.PluralRules(language)
  const numbers = new Intl.NumberFormat(language)
  const times = new Intl.DateTimeFormat(language, { timeStyle: 'medium', hourCycle: 'h23' })
  const dateTimes = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' })

  /**
   * A message with its values in their places; `count` chooses the form.
   * @param {MessageKey} key
   * @param {Values} [values]
   */
  function t(key, values = {}) {
    const message = messages[key]
    const text = typeof message === 'string' ? message : formOf(message, Number(values.count))
    return text.replace(/\{(\w+)\}/g, (_placeholder, name) => {
      const value = values[name] ?? ''
      return typeof value === 'number' ? numbers.format(value) : value
    })
  }

  /**
   * @param {{ one?: string, other: string }} forms
   * @param {number} count
   */
  function formOf(forms, count) {
    return plurals.select(count) === 'one' ? (forms.one ?? forms.other) : forms.other
  }

  /**
   * A length of time in its two largest units.
   * @param {number} ms
   */
  function duration(ms) {
    if (ms < MINUTE) return t('second', { count: Math.max(0, Math.floor(ms / SECOND)) })
    if (ms < HOUR) return t('minute', { count: Math.floor(ms / MINUTE) })
    if (ms < 2 * DAY) return t('hourMinute', { hours: Math.floor(ms / HOUR), minutes: Math.floor((ms % HOUR) / MINUTE) })
    return t('dayHour', { days: Math.floor(ms / DAY), hours: Math.floor((ms % DAY) / HOUR) })
  }

  return {
    language,
    t,
    duration,
    /** @param {number} count */
    number: (count) => numbers.format(count),
    /** @param {number} ms */
    ago: (ms) => (ms < 1500 ? t('justNow') : t('ago', { duration: duration(ms) })),
    /**
     * The time of day; with the date when that is not today's.
     * @param {number} atMs
     * @param {number} nowMs
     */
    time: (atMs, nowMs) => (new Date(atMs).toDateString() === new Date(nowMs).toDateString() ? times : dateTimes).format(atMs),
  }
}
