import { createContext, type ReactNode, useCallback, useContext, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { CloseIcon } from './icons.tsx'

/** A short message that goes away by itself; `to` is where it leads. One with the `id` of another takes its place. */
export interface Toast {
  id: string
  title: string
  text?: string | undefined
  tone: 'good' | 'bad' | 'wait' | 'calm'
  to?: string | undefined
}

const MAX_TOASTS = 3
const SHOWN_MS = 7000
const DOTS = { good: 'bg-good', bad: 'bg-bad', wait: 'bg-wait', calm: 'bg-accent' } as const

const ToastContext = createContext<(toast: Toast) => void>(() => {})

/** Shows a toast. */
export const useToast = () => useContext(ToastContext)

/** Holds the toasts of the page, newest last, at most three. */
export function Toaster({ children }: { children: ReactNode }) {
  const { t } = useTranslation()
  const [toasts, setToasts] = useState<Toast[]>([])
  const show = useCallback((toast: Toast) => {
    setToasts((shown) => [...shown.filter((other) => other.id !== toast.id), toast].slice(-MAX_TOASTS))
  }, [])
  const hide = useCallback((id: string) => setToasts((shown) => shown.filter((toast) => toast.id !== id)), [])
  return (
    <ToastContext value={show}>
      {children}
      <section
        aria-label={t('notifications.region')}
        aria-live="polite"
        className="pointer-events-none fixed inset-x-3 top-16 z-50 flex flex-col items-center gap-2 sm:top-auto sm:right-auto sm:bottom-5 sm:left-5 sm:w-80 sm:items-start"
      >
        {toasts.map((toast) => (
          <ToastCard key={toast.id} toast={toast} onHide={hide} />
        ))}
      </section>
    </ToastContext>
  )
}

function ToastCard({ toast, onHide }: { toast: Toast; onHide: (id: string) => void }) {
  const { t } = useTranslation()
  const [held, setHeld] = useState(false)
  useEffect(() => {
    if (held) return
    const timer = setTimeout(() => onHide(toast.id), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [held, toast, onHide])
  const words = (
    <>
      <span className="block font-medium">{toast.title}</span>
      {toast.text ? <span className="block truncate text-soft text-sm">{toast.text}</span> : null}
    </>
  )
  return (
    <div
      data-testid="toast"
      role="status"
      onMouseEnter={() => setHeld(true)}
      onMouseLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
      className="pointer-events-auto flex w-full max-w-sm animate-rise items-start gap-3 rounded-2xl border border-line bg-surface py-3 pr-2 pl-4 shadow-card"
    >
      <span aria-hidden="true" className={`mt-2 size-2 shrink-0 rounded-full ${DOTS[toast.tone]}`} />
      <div className="min-w-0 flex-1">
        {toast.to ? (
          <Link to={toast.to} className="block hover:underline" onClick={() => onHide(toast.id)}>
            {words}
          </Link>
        ) : (
          words
        )}
      </div>
      <button
        type="button"
        aria-label={t('common.close')}
        className="grid size-9 place-items-center rounded-full text-soft hover:bg-sunken"
        onClick={() => onHide(toast.id)}
      >
        <CloseIcon className="size-4" />
      </button>
    </div>
  )
}
