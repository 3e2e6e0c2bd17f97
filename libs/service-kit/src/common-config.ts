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
        hostname: Type.String({
          default: '',
          description:
            "Host that others reach this instance by; empty: server.address, or the machine's name when that is every interface.",
        }),
        leaseRenewalIntervalInSeconds: Type.Number({ default: 30, exclusiveMinimum: 0 }),
        leaseExpirationDurationInSeconds: Type.Number({ default: 90, exclusiveMinimum: 0 }),
      },
      { default: {} },
    ),
  }),
  database: Type.Object(
    {
      url: Type.String({
        default: '',
        description: "This service's PostgreSQL, `postgres://role:password@host:port/database`; empty: a SQLite file in the data folder.",
      }),
      schema: Type.String({ default: '', description: "Its schema there; empty: the service's name with _ for -." }),
      poolSize: Type.Integer({ default: 4, minimum: 1, maximum: 100, description: 'Connections of this instance, beside one for locks.' }),
      statementTimeoutMs: Type.Integer({ default: 10_000, minimum: 100, description: 'Longest statement, and longest wait for a lock.' }),
    },
    { default: {} },
  ),
  messaging: Type.Object(
    {
      broker: Type.Union([Type.Literal('in-process'), Type.Literal('rabbitmq'), Type.Literal('kafka')], {
        default: 'in-process',
        description: 'The message queue; in-process: only when all services share one process.',
      }),
      url: Type.String({ default: '', description: 'RabbitMQ: `amqp://user:password@host:port/vhost`. Kafka: `host:port,host:port`.' }),
      namespace: Type.String({
        default: 'order-flow',
        pattern: '^[a-z0-9][a-z0-9-]{0,40}$',
        description: 'First part of every name there, the same for every service; another one for each shop that shares the message queue.',
      }),
      shards: Type.Integer({
        default: 4,
        minimum: 1,
        maximum: 64,
        description: 'Queues per consumer (RabbitMQ) or partitions (Kafka); the same for every service, fixed once there are messages.',
      }),
      groups: Type.Array(Type.String({ minLength: 1 }), {
        default: ['order-service', 'inventory-payment-service', 'notification-chat-service'],
        description: 'RabbitMQ: who must have subscribed once before anything is published, as it would be lost for them.',
      }),
    },
    { default: {} },
  ),
})
export type CommonConfig = Static<typeof CommonConfig>
