import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLiveState } from '../live.ts'
import { useAccount } from '../queries.ts'

/** A short interruption is nobody's business. */
const PATIENCE_MS = 4000

/** Says that the live connection is interrupted, once it has been for a while. */
export function LiveBanner() {
  const { t } = useTranslation()
  const account = useAccount()
  const state = useLiveState()
  const interrupted = Boolean(account) && (state === 'waiting' || state === 'connecting')
  const [shown, setShown] = useState(false)
  useEffect(() => {
    if (!interrupted) return setShown(false)
    const timer = setTimeout(() => setShown(true), PATIENCE_MS)
    return () => clearTimeout(timer)
  }, [interrupted])
  return (
    <div role="status" aria-live="polite">
      {shown ? <p className="bg-wait-tint px-4 py-2 text-center text-sm text-wait">{t('live.offLong')}</p> : null}
    </div>
  )
}
