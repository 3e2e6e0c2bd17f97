import { TEST_CARDS } from '@order-flow/contracts'
import { useId } from 'react'
import { useTranslation } from 'react-i18next'

export type CardToken = (typeof TEST_CARDS)[number]['token']

export const FIRST_CARD: CardToken = TEST_CARDS[0].token

const DECLINED: readonly CardToken[] = ['tok_declined', 'tok_insufficient_funds', 'tok_timeout_declined']

/** The choice of how the simulated bank behaves, with a drawing of the card chosen. */
export function TestCard({ token, onChange, disabled }: { token: CardToken; onChange: (token: CardToken) => void; disabled: boolean }) {
  const { t } = useTranslation()
  const id = useId()
  const declines = DECLINED.includes(token)
  return (
    <div className="grid items-center gap-6 sm:grid-cols-[1fr_15rem]">
      <div>
        <label htmlFor={id} className="mb-1.5 block font-medium text-sm">
          {t('checkout.card')}
        </label>
        <select
          id={id}
          data-testid="test-card-select"
          value={token}
          disabled={disabled}
          aria-describedby={`${id}-hint`}
          onChange={(event) => onChange(TEST_CARDS.find((card) => card.token === event.target.value)?.token ?? FIRST_CARD)}
          className="min-h-11 w-full rounded-xl border border-line bg-surface px-3 py-2 text-base hover:border-soft"
        >
          {TEST_CARDS.map((card) => (
            <option key={card.token} value={card.token}>
              {t(`checkout.cards.${card.token}`)}
            </option>
          ))}
        </select>
        <p id={`${id}-hint`} className="mt-1.5 text-soft text-sm">
          {t('checkout.cardHint')}
        </p>
      </div>
      <div
        aria-hidden="true"
        className={`hidden aspect-[1.6] w-full max-w-60 flex-col justify-between rounded-2xl sm:flex p-4 text-white shadow-card transition-colors ${declines ? 'bg-[#7d3a34]' : 'bg-[#1d5a49]'}`}
      >
        <div className="flex items-center justify-between">
          <span className="text-sm opacity-85">{t('checkout.cardFace')}</span>
          <span className="h-6 w-8 rounded-md bg-[#e2b96a]" />
        </div>
        <span className="truncate font-mono text-xs tracking-wide opacity-90">{token}</span>
      </div>
    </div>
  )
}
