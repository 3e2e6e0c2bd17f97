import { type Static, Type } from 'typebox'

/** inventory-payment-service's own configuration (config-repo/inventory-payment-service.yml). */
export const Config = Type.Object({
  payments: Type.Object(
    {
      timeoutMs: Type.Integer({ default: 5000, minimum: 10, description: 'How long one call to the provider may take.' }),
      leaseMs: Type.Integer({
        default: 15_000,
        minimum: 10,
        description: 'How long a payment is left to the instance that took it up; longer than its calls take.',
      }),
      maxConcurrent: Type.Integer({ default: 1024, minimum: 1, description: 'Calls to the provider at the same time.' }),
      retryBaseMs: Type.Integer({ default: 500, minimum: 1, description: 'Pause before the provider is asked again; doubles.' }),
      retryMaxMs: Type.Integer({ default: 60_000, minimum: 1, description: 'Longest such pause.' }),
      simulator: Type.Object(
        {
          slowMs: Type.Integer({ default: 2000, minimum: 0, description: 'How long tok_slow and tok_timeout_declined take.' }),
        },
        { default: {} },
      ),
    },
    { default: {} },
  ),
})
export type Config = Static<typeof Config>
