import { useTranslation } from 'react-i18next'

const FEW = 5

/** How much is left, when that matters to a buyer; `full` says it in every case. */
export function StockNote({ available, full = false }: { available: number | null; full?: boolean }) {
  const { t } = useTranslation()
  if (available === 0) return <span className="text-soft text-sm">{t('catalogue.soldOut')}</span>
  if (available !== null && available <= FEW) {
    return <span className="font-medium text-sm text-wait">{t('catalogue.few', { count: available })}</span>
  }
  if (!full) return null
  return <span className="text-good text-sm">{available === null ? t('catalogue.untracked') : t('catalogue.inStock')}</span>
}
