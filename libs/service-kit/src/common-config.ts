import { type Static, Type } from 'typebox'

/** What every service's configuration has (config-repo/application.yml), under Spring's names where Spring has one. */
export const CommonConfig = Type.Object({
  server: Type.Object({
    address: Type.String({ default: '127.0.0.1', description: 'Interface to listen on.' }),
    port: Type.Integer({ minimum: 0, maximum: 65_535, description: 'Port; 0 lets the system choose.' }),
  }),
  eureka: Type.Object({
    client: Type.Object({
      serviceUrl: Type.Object({
        defaultZone: Type.String({ minLength: 1, description: 'Base URLs of the registry, separated by commas.' }),
      }),
      registryFetchIntervalSeconds: Type.Number({ default: 30, exclusiveMinimum: 0 }),
    }),
    instance: Type.Object(
      {
        leaseRenewalIntervalInSeconds: Type.Number({ default: 30, exclusiveMinimum: 0 }),
        leaseExpirationDurationInSeconds: Type.Number({ default: 90, exclusiveMinimum: 0 }),
      },
      { default: {} },
    ),
  }),
})
export type CommonConfig = Static<typeof CommonConfig>
