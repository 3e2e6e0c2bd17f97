import { ProblemError } from '@order-flow/client'
import { useTranslation } from 'react-i18next'
import { Button } from './ui/Button.tsx'
import { Notice } from './ui/Notice.tsx'

/** What went wrong in the server's own words, with a way to try again when `onRetry` is given. */
export function ErrorNotice({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation()
  return (
    <Notice tone="bad" title={t('common.errorTitle')}>
      <p>{useErrorText()(error)}</p>
      {onRetry ? (
        <Button look="quiet" className="mt-3" onClick={onRetry}>
          {t('common.retry')}
        </Button>
      ) : null}
    </Notice>
  )
}

/** Makes a sentence for people of what was thrown: the problem's detail, else its title. */
export function useErrorText(): (error: unknown) => string {
  const { t } = useTranslation()
  return (error) => {
    if (!(error instanceof ProblemError)) return error instanceof Error ? error.message : String(error)
    return error.status === 0 ? t('common.unreachable') : (error.problem.detail ?? error.problem.title)
  }
}
