import { useTranslation } from 'react-i18next'
import { MinusIcon, PlusIcon } from './icons.tsx'

interface QuantityProps {
  /** What is counted, for those who cannot see it. */
  name: string
  value: number
  max: number
  min?: number
  onChange: (value: number) => void
}

const STEP = 'grid size-11 place-items-center rounded-full text-ink hover:bg-sunken disabled:opacity-35 disabled:hover:bg-transparent'

/** A whole number with a button on either side. */
export function Quantity({ name, value, max, min = 1, onChange }: QuantityProps) {
  const { t } = useTranslation()
  return (
    <fieldset className="inline-flex items-center rounded-full border border-line bg-surface">
      <legend className="sr-only">{`${t('common.quantity')}: ${name}`}</legend>
      <button
        type="button"
        aria-label={t('basket.less', { name })}
        disabled={value <= min}
        onClick={() => onChange(value - 1)}
        className={STEP}
      >
        <MinusIcon className="size-4" />
      </button>
      <output aria-live="polite" className="min-w-8 text-center font-medium tabular-nums">
        {value}
      </output>
      <button
        type="button"
        aria-label={t('basket.moreOf', { name })}
        disabled={value >= max}
        onClick={() => onChange(value + 1)}
        className={STEP}
      >
        <PlusIcon className="size-4" />
      </button>
    </fieldset>
  )
}
