import { type Static, Type } from 'typebox'

/** order-service's own configuration (config-repo/order-service.yml). */
export const Config = Type.Object({
  orders: Type.Object(
    {
      maxBatch: Type.Integer({ default: 256, minimum: 1, description: 'Orders admitted in one transaction.' }),
      maxWaiting: Type.Integer({ default: 2000, minimum: 1, description: 'Orders that may wait for admission; one more gets 503.' }),
      maxQueueMs: Type.Integer({ default: 1000, minimum: 1, description: 'How long an order may wait for admission before more get 503.' }),
      maxOutboxAgeSeconds: Type.Integer({
        default: 900,
        minimum: 1,
        description: 'New orders get 503 when events have waited so long for the message queue.',
      }),
      maxDecisionSeconds: Type.Integer({
        default: 5,
        minimum: 1,
        description: 'New orders get 503 while most orders wait longer than this for their outcome.',
      }),
      deadlineSeconds: Type.Integer({ default: 30, minimum: 1, description: 'After this an order that still waits asks for attention.' }),
      keepIdempotencyKeysDays: Type.Integer({ default: 30, minimum: 1, description: 'How long a repeated request is recognised.' }),
    },
    { default: {} },
  ),
  invariants: Type.Object(
    {
      databaseUrl: Type.String({
        default: '',
        description: 'PostgreSQL as a role that may read the schemas of all services; empty: they cannot be checked there.',
      }),
      everySeconds: Type.Integer({ default: 60, minimum: 0, description: 'Pause between checks of recent orders; 0: never.' }),
    },
    { default: {} },
  ),
})
export type Config = Static<typeof Config>
