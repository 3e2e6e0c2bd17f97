import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import { en } from './en.ts'
import { ko } from './ko.ts'

export type Language = 'en' | 'ko'

const STORAGE_KEY = 'order-flow.language'

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: typeof en }
  }
}

/** Starts the translations in the language kept from last time, else the browser's, else English. */
export async function startLanguage(): Promise<void> {
  await i18next.use(initReactI18next).init({
    resources: { en: { translation: en }, ko: { translation: ko } },
    lng: keptLanguage() ?? browserLanguage(navigator.languages),
    fallbackLng: 'en',
    interpolation: { escapeValue: false }, // React escapes
  })
  document.documentElement.lang = i18next.language
}

/** Changes the language everywhere at once and keeps it. */
export async function changeLanguage(language: Language): Promise<void> {
  localStorage.setItem(STORAGE_KEY, language)
  await i18next.changeLanguage(language)
  document.documentElement.lang = language
}

/** The first language of the list that the app speaks; English when there is none. */
export function browserLanguage(languages: readonly string[]): Language {
  for (const tag of languages) {
    const primary = tag.toLowerCase().split('-')[0]
    if (primary === 'en' || primary === 'ko') return primary
  }
  return 'en'
}

function keptLanguage(): Language | undefined {
  const kept = localStorage.getItem(STORAGE_KEY)
  return kept === 'en' || kept === 'ko' ? kept : undefined
}
