import type { Account } from '@order-flow/contracts'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { basketCount } from '../basket.ts'
import { useBasket } from '../basket-store.ts'
import { SearchBox } from '../features/catalogue/SearchBox.tsx'
import { changeLanguage } from '../i18n/language.ts'
import { BasketIcon, BellIcon, ChatIcon, DeskIcon, LeaveIcon, OrdersIcon, PersonIcon } from '../ui/icons.tsx'
import { useUnread } from '../unread.ts'

const ITEM =
  'relative inline-flex h-10 min-w-10 items-center justify-center gap-1.5 rounded-full px-2 text-sm hover:bg-sunken aria-[expanded=true]:bg-sunken lg:px-3'

interface HeaderProps {
  account: Account | null | undefined
  isChatOpen: boolean
  onChat: () => void
  onSignOut: () => void
}

/** The bar over every page: search, the basket, and what the signed-in person needs. */
export function Header({ account, isChatOpen, onChat, onSignOut }: HeaderProps) {
  const { t } = useTranslation()
  const isAgent = account?.roles.includes('agent') ?? false
  return (
    <header className="sticky top-0 z-30 border-line border-b bg-paper/95 backdrop-blur">
      <div className="mx-auto flex max-w-6xl flex-wrap items-center gap-x-2 gap-y-2 px-3 py-2.5 sm:px-6 md:flex-nowrap md:gap-x-4">
        <Link to="/" aria-label={t('shop.name')} className="flex shrink-0 items-center gap-2 rounded-full">
          <img src="/favicon.svg" alt="" className="size-9" />
          <span className="hidden font-display text-xl sm:inline">{t('shop.name')}</span>
        </Link>
        <div className="order-last w-full md:order-none md:flex-1 md:px-2">
          <SearchBox />
        </div>
        <nav aria-label={t('nav.main')} className="ml-auto flex items-center md:ml-0">
          {isAgent ? <DeskLink /> : null}
          {account ? <AccountLinks /> : null}
          {isAgent ? null : <ChatButton isOpen={isChatOpen} onChat={onChat} />}
          <BasketLink />
          <LanguageSwitch />
          {account ? (
            <button type="button" data-testid="sign-out" title={account.email ?? account.name} onClick={onSignOut} className={ITEM}>
              <LeaveIcon />
              <span className="sr-only lg:not-sr-only">{t('nav.signOut')}</span>
            </button>
          ) : null}
          {account === null ? (
            <Link data-testid="sign-in-link" to="/sign-in" className={ITEM}>
              <PersonIcon />
              <span className="sr-only lg:not-sr-only">{t('nav.signIn')}</span>
            </Link>
          ) : null}
        </nav>
      </div>
    </header>
  )
}

function AccountLinks() {
  const { t } = useTranslation()
  const count = useUnread().notifications
  return (
    <>
      <Link to="/orders" data-testid="orders-link" className={ITEM}>
        <OrdersIcon />
        <span className="sr-only lg:not-sr-only">{t('nav.orders')}</span>
      </Link>
      <Link
        to="/notifications"
        data-testid="notifications-link"
        aria-label={count > 0 ? t('nav.notificationsNew', { count }) : t('nav.notifications')}
        className={ITEM}
      >
        <BellIcon />
        {count > 0 ? <Count>{count}</Count> : null}
      </Link>
    </>
  )
}

function DeskLink() {
  const { t } = useTranslation()
  const count = useUnread().conversations.size
  return (
    <Link to="/support" data-testid="support-link" className={ITEM}>
      <DeskIcon />
      <span className="sr-only lg:not-sr-only">{t('nav.support')}</span>
      {count > 0 ? <Count>{count}</Count> : null}
    </Link>
  )
}

function ChatButton({ isOpen, onChat }: { isOpen: boolean; onChat: () => void }) {
  const { t } = useTranslation()
  const hasNew = useUnread().conversations.size > 0
  return (
    <button
      type="button"
      data-testid="open-chat"
      aria-label={hasNew ? t('nav.chatNew') : t('nav.chat')}
      aria-expanded={isOpen}
      onClick={onChat}
      className={ITEM}
    >
      <ChatIcon />
      <span aria-hidden="true" className="hidden lg:inline">
        {t('nav.chat')}
      </span>
      {hasNew ? <span aria-hidden="true" className="absolute top-1.5 right-1.5 size-2.5 rounded-full bg-bad ring-2 ring-paper" /> : null}
    </button>
  )
}

function BasketLink() {
  const { t } = useTranslation()
  const count = basketCount(useBasket())
  return (
    <Link to="/basket" data-testid="basket-link" aria-label={t('nav.basketLabel', { count })} className={ITEM}>
      <BasketIcon />
      <span aria-hidden="true" className="hidden xl:inline">
        {t('nav.basket')}
      </span>
      <Count testId="basket-count">{count}</Count>
    </Link>
  )
}

function Count({ children, testId }: { children: ReactNode; testId?: string }) {
  return (
    <span
      aria-hidden="true"
      data-testid={testId}
      className={`absolute -top-0.5 right-0 grid h-4.5 min-w-4.5 place-items-center rounded-full bg-accent px-1 font-semibold text-[0.6875rem] text-on-accent tabular-nums ${children === 0 ? 'opacity-0' : ''}`}
    >
      {children}
    </span>
  )
}

function LanguageSwitch() {
  const { t, i18n } = useTranslation()
  const other = i18n.language === 'ko' ? 'en' : 'ko'
  return (
    <button
      type="button"
      data-testid="language-switch"
      lang={other}
      title={t('shop.otherLanguageLabel')}
      aria-label={t('shop.otherLanguageLabel')}
      onClick={() => void changeLanguage(other)}
      className={`${ITEM} font-medium`}
    >
      <span className="md:hidden">{other === 'ko' ? '한' : 'EN'}</span>
      <span className="hidden whitespace-nowrap md:inline">{t('shop.otherLanguage')}</span>
    </button>
  )
}
