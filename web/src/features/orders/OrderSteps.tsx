import { useTranslation } from 'react-i18next'
import { CheckIcon } from '../../ui/icons.tsx'

/** How far an order on its good way is: received, being checked, confirmed. */
export function OrderSteps({ confirmed }: { confirmed: boolean }) {
  const { t } = useTranslation()
  const steps = [
    { label: t('orders.stepPlaced'), state: 'done' },
    { label: t('orders.stepChecked'), state: confirmed ? 'done' : 'now' },
    { label: t('orders.stepDone'), state: confirmed ? 'done' : 'later' },
  ] as const
  return (
    <ol className="grid grid-cols-3">
      {steps.map(({ label, state }, index) => (
        <li key={label} aria-current={state === 'now' ? 'step' : undefined} className="relative flex flex-col items-center text-center">
          {index > 0 ? (
            <span
              aria-hidden="true"
              className={`absolute top-[1.06rem] right-1/2 h-0.5 w-full transition-colors duration-500 ${state === 'later' ? 'bg-line' : 'bg-accent'}`}
            />
          ) : null}
          <span
            aria-hidden="true"
            className={`z-10 grid size-9 place-items-center rounded-full border-2 transition-colors duration-500 ${
              state === 'done'
                ? 'border-accent bg-accent text-on-accent'
                : state === 'now'
                  ? 'border-accent bg-surface text-accent'
                  : 'border-line bg-surface'
            }`}
          >
            {state === 'done' ? <CheckIcon className="size-4.5" /> : null}
            {state === 'now' ? <span className="size-3 animate-pulse rounded-full bg-accent" /> : null}
          </span>
          <span className={`mt-2 px-1 text-sm leading-tight ${state === 'later' ? 'text-soft' : 'font-medium'}`}>{label}</span>
        </li>
      ))}
    </ol>
  )
}
