import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, Navigate, Route, Routes, useLocation } from 'react-router'
import { SignInPage } from '../features/account/SignInPage.tsx'
import { BasketPage } from '../features/basket/BasketPage.tsx'
import { CataloguePage } from '../features/catalogue/CataloguePage.tsx'
import { ProductDetailPage } from '../features/catalogue/ProductDetailPage.tsx'
import type { ChatOrder } from '../features/chat/NewConversation.tsx'
import { SupportDeskPage } from '../features/chat/SupportDeskPage.tsx'
import { CheckoutPage } from '../features/checkout/CheckoutPage.tsx'
import { NotificationsPage } from '../features/notifications/NotificationsPage.tsx'
import { OrderPage } from '../features/orders/OrderPage.tsx'
import { OrdersPage } from '../features/orders/OrdersPage.tsx'
import { useAccount } from '../queries.ts'
import { Button, buttonClass } from '../ui/Button.tsx'
import { Empty } from '../ui/Empty.tsx'
import { ChatIcon, SearchIcon } from '../ui/icons.tsx'
import { useTitle } from '../ui/Page.tsx'

/** Which address shows which page. `onAsk` opens the chat about an order. */
export function Pages({ onAsk }: { onAsk: (order: ChatOrder) => void }) {
  const { t } = useTranslation()
  const help = (order: ChatOrder) => (
    <Button data-testid="open-order-chat" look="quiet" onClick={() => onAsk({ id: order.id, number: order.number })}>
      <ChatIcon className="size-4.5" /> {t('orders.ask')}
    </Button>
  )
  return (
    <Routes>
      <Route path="/" element={<CataloguePage />} />
      <Route path="/products/:sku" element={<ProductDetailPage />} />
      <Route path="/basket" element={<BasketPage />} />
      <Route path="/checkout" element={<CheckoutPage />} />
      <Route path="/sign-in" element={<SignInPage mode="sign-in" />} />
      <Route path="/register" element={<SignInPage mode="register" />} />
      <Route path="/orders" element={<SignedIn page={<OrdersPage />} />} />
      <Route path="/orders/:orderId" element={<SignedIn page={<OrderPage help={help} />} />} />
      <Route path="/notifications" element={<SignedIn page={<NotificationsPage />} />} />
      <Route path="/support/:conversationId?" element={<SupportDeskPage />} />
      <Route path="*" element={<NotFound />} />
    </Routes>
  )
}

/** Shows the page to those who are signed in, and leads others to the sign-in and back. */
function SignedIn({ page }: { page: ReactNode }) {
  const account = useAccount()
  const { pathname, search } = useLocation()
  if (account === null) return <Navigate to={`/sign-in?${new URLSearchParams({ next: pathname + search })}`} replace />
  return account ? page : null
}

function NotFound() {
  const { t } = useTranslation()
  useTitle(t('shop.notFoundTitle'))
  return (
    <Empty wholePage picture={<SearchIcon />} title={t('shop.notFoundTitle')} text={t('shop.notFoundText')}>
      <Link to="/" className={buttonClass()}>
        {t('shop.toShop')}
      </Link>
    </Empty>
  )
}
