import { useTranslation } from 'react-i18next'
import { formatClock, formatDateTime, formatRecent } from './dates.ts'
import { formatMoney } from './money.ts'

/** Money and times in the language of the page, in the way of the reader's region if the browser tells it. */
export function useFormat() {
  const language = regional(useTranslation().i18n.language)
  return {
    money: (minorUnits: number, currency: string) => formatMoney(minorUnits, currency, language),
    dateTime: (iso: string) => formatDateTime(iso, language),
    clock: (iso: string) => formatClock(iso, language),
    recent: (iso: string) => formatRecent(iso, language),
  }
}

function regional(language: string): string {
  return navigator.languages.find((tag) => tag.toLowerCase().startsWith(`${language}-`)) ?? language
}
