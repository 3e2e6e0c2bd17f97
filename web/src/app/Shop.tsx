import { useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useCallback, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useLocation, useMatch, useNavigate } from 'react-router'
import { useErrorText } from '../ErrorNotice.tsx'
import { ChatPanel } from '../features/chat/ChatPanel.tsx'
import type { ChatOrder } from '../features/chat/NewConversation.tsx'
import { followLive } from '../live.ts'
import { keys, useAccount } from '../queries.ts'
import { leaveSession } from '../session.ts'
import { useToast } from '../ui/Toaster.tsx'
import { Header } from './Header.tsx'
import { LiveBanner } from './LiveBanner.tsx'
import { toastFor } from './live-toast.ts'
import { Pages } from './Pages.tsx'

/** The frame of every page: header, the page itself, the chat over it, footer. */
export function Shop() {
  const account = useAccount()
  const signOut = useSignOut()
  const [chat, setChat] = useState<{ order: ChatOrder | undefined }>()
  const orderHere = useOrderHere()
  const navigate = useNavigate()
  const here = useLocation()
  useLiveEvents()
  useTopOfPage()

  const openChat = (order: ChatOrder | undefined) => {
    if (account) setChat({ order })
    else void navigate(`/sign-in?${new URLSearchParams({ next: here.pathname + here.search })}`)
  }
  return (
    <div className="flex min-h-dvh flex-col">
      <SkipLink />
      <Header
        account={account}
        isChatOpen={chat !== undefined && Boolean(account)}
        onChat={() => (chat ? setChat(undefined) : openChat(orderHere()))}
        onSignOut={() => {
          setChat(undefined)
          void signOut()
        }}
      />
      <LiveBanner />
      <main id="content" tabIndex={-1} className="flex-1">
        <Pages onAsk={openChat} />
      </main>
      <Footer hidden={here.pathname.startsWith('/support')} />
      {chat && account ? <ChatPanel key={chat.order?.id ?? ''} order={chat.order} onClose={() => setChat(undefined)} /> : null}
    </div>
  )
}

/** Follows the live connection of whoever is signed in, and shows what it brings. */
function useLiveEvents() {
  const account = useAccount()
  const queries = useQueryClient()
  const showToast = useToast()
  const { t } = useTranslation()
  useEffect(() => {
    if (!account) return
    return followLive({
      queries,
      account,
      onEvent(event) {
        const toast = toastFor(event, account, { t, pathname: location.pathname })
        if (toast) showToast(toast)
      },
    })
  }, [account, queries, showToast, t])
}

function useSignOut() {
  const showToast = useToast()
  const errorText = useErrorText()
  return async () => {
    try {
      await leaveSession()
    } catch (error) {
      showToast({ id: 'sign-out', title: errorText(error), tone: 'bad' })
    }
  }
}

/** On an order's page, asking for help is about that order. */
function useOrderHere(): () => ChatOrder | undefined {
  const queries = useQueryClient()
  const orderId = useMatch('/orders/:orderId')?.params.orderId
  return useCallback(() => {
    const order = orderId === undefined ? undefined : queries.getQueryData<ChatOrder>(keys.order(orderId))
    return order && { id: order.id, number: order.number }
  }, [orderId, queries])
}

/** A new page begins at its top, with the focus there so that reading goes on from it. */
function useTopOfPage() {
  const { pathname } = useLocation()
  const [first, setFirst] = useState(pathname)
  useEffect(() => {
    if (pathname === first) return
    setFirst('')
    window.scrollTo(0, 0)
    document.getElementById('content')?.focus({ preventScroll: true })
  }, [pathname, first])
}

function SkipLink() {
  const { t } = useTranslation()
  return (
    <a
      href="#content"
      className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-full focus:bg-surface focus:px-4 focus:py-2"
    >
      {t('shop.skip')}
    </a>
  )
}

function Footer({ hidden }: { hidden: boolean }): ReactNode {
  const { t } = useTranslation()
  if (hidden) return null
  return (
    <footer className="mt-12 border-line border-t">
      <div className="mx-auto flex max-w-6xl flex-wrap items-center justify-between gap-3 px-4 py-6 text-soft text-sm sm:px-6">
        <Link to="/" className="font-display text-base text-ink">
          {t('shop.name')}
        </Link>
        <p>{t('shop.footer')}</p>
      </div>
    </footer>
  )
}
