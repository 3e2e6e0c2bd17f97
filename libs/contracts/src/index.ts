export { Account, AccountImport, Credentials, ImportedAccounts, Registration, Role, Session } from './account.ts'
export { ChatMessage, Conversation, ConversationPage, MessagePage, OpenConversation, PostMessage } from './conversation.ts'
export { DeadLetter, DeadLetterList } from './dead-letter.ts'
export {
  CheckoutReversed,
  type CloudEvent,
  CloudEventEnvelope,
  EVENT_DATA,
  type EventData,
  type EventType,
  OrderAttentionRaised,
  OrderCancelled,
  OrderCancelRequested,
  OrderConfirmed,
  OrderPlaced,
  OrderRefunded,
  OrderRejected,
  OrderReturned,
  PaymentCaptured,
  PaymentDeclined,
  PaymentRefunded,
  ProductChanged,
  StockRejected,
} from './events.ts'
export { InvariantReport } from './invariants.ts'
export { CLOSE_CODES, ClientFrame, LIVE_SUBPROTOCOL, LiveEvent, ServerFrame, Topic } from './live.ts'
export { Currency, MinorUnits } from './money.ts'
export { Notification, NotificationPage } from './notification.ts'
export {
  Attention,
  CancelOrder,
  MAX_ORDER_BYTES,
  MAX_ORDER_LINES,
  Order,
  OrderHistory,
  OrderHistoryEntry,
  OrderLine,
  OrderPage,
  OrderStatus,
  OrderSummary,
  OrderTotals,
  PlaceOrder,
  RejectReason,
  ReturnOrder,
} from './order.ts'
export { DeclineCode, PaymentMethod, TEST_CARDS } from './payment.ts'
export { Problem } from './problem.ts'
export { Product, ProductChange, ProductPage, Sku, StockLevel, StockMovement } from './product.ts'
