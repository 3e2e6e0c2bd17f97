import { useInfiniteQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link, Navigate, useNavigate, useParams } from 'react-router'
import { conversationsQuery, useAccount } from '../../queries.ts'
import { Empty } from '../../ui/Empty.tsx'
import { BackIcon, ChatIcon, DeskIcon } from '../../ui/icons.tsx'
import { useTitle } from '../../ui/Page.tsx'
import { ConversationList } from './ConversationList.tsx'
import { Thread } from './Thread.tsx'

/** The agents' desk: every conversation, and the one chosen with a field to answer. */
export function SupportDeskPage() {
  const { t } = useTranslation()
  const account = useAccount()
  const navigate = useNavigate()
  const { conversationId } = useParams()
  useTitle(t('nav.support'))
  if (account === null) return <Navigate to="/sign-in?next=/support" replace />
  if (!account) return null
  if (!account.roles.includes('agent'))
    return <Empty wholePage picture={<DeskIcon />} title={t('nav.support')} text={t('chat.agentsOnly')} />
  return (
    <div className="mx-auto flex h-[calc(100dvh-var(--header-height))] min-h-96 max-w-6xl sm:p-6">
      <h1 className="sr-only">{t('nav.support')}</h1>
      <div className="flex w-full overflow-hidden border-line bg-surface sm:rounded-3xl sm:border sm:shadow-card">
        <section
          aria-labelledby="conversations"
          className={`w-full flex-col border-line md:flex md:w-80 md:border-r ${conversationId ? 'hidden' : 'flex'}`}
        >
          <h2 id="conversations" className="border-line border-b px-4 py-4 font-display text-xl">
            {t('chat.all')}
          </h2>
          <ConversationList named current={conversationId} onPick={(id) => void navigate(`/support/${id}`)} />
        </section>
        <div className={`min-w-0 flex-1 flex-col md:flex ${conversationId ? 'flex' : 'hidden'}`}>
          {conversationId ? <Chosen key={conversationId} conversationId={conversationId} /> : <NoneChosen />}
        </div>
      </div>
    </div>
  )
}

function Chosen({ conversationId }: { conversationId: string }) {
  const { t } = useTranslation()
  const list = useInfiniteQuery(conversationsQuery)
  const conversation = list.data?.pages.flatMap((page) => page.conversations).find((other) => other.id === conversationId)
  return (
    <>
      <header className="flex items-center gap-2 border-line border-b px-3 py-3">
        <Link
          to="/support"
          aria-label={t('common.back')}
          className="grid size-10 place-items-center rounded-full hover:bg-sunken md:hidden"
        >
          <BackIcon />
        </Link>
        <div className="min-w-0 px-1">
          <h2 className="truncate font-medium leading-tight">{conversation?.customerName}</h2>
          <p className="truncate text-accent text-sm">{conversation?.subject}</p>
        </div>
      </header>
      <Thread conversationId={conversationId} side="agent" />
    </>
  )
}

function NoneChosen() {
  const { t } = useTranslation()
  return (
    <div className="grid flex-1 place-items-center">
      <Empty picture={<ChatIcon />} title={t('chat.pickTitle')} text={t('chat.pickText')} />
    </div>
  )
}
