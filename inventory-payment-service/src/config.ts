import { type Static, Type } from 'typebox'

/** inventory-payment-service's own configuration (config-repo/inventory-payment-service.yml). */
export const Config = Type.Object({
  payments: Type.Object(
    {
      timeoutMs: Type.Integer({ default: 5000, minimum: 10, description: 'How long one call to the provider may take.' }),
      maxConcurrent: Type.Integer({ default: 256, minimum: 1, description: 'Calls to the provider at the same time.' }),
      retryBaseMs: Type.Integer({ default: 500, minimum: 1, description: 'Pause before the provider is asked again; doubles.' }),
      retryMaxMs: Type.Integer({ default: 60_000, minimum: 1, description: 'Longest such pause.' }),
      simulator: Type.Object(
        {
          slowMs: Type.Integer({ default: 2000, minimum: 0, description: 'How long tok_slow takes.' }),
        },
        { default: {} },
      ),
    },
    { default: {} },
  ),
})
export type Config = Static<typeof Config>
