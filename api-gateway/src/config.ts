import { type Static, Type } from 'typebox'

const Milliseconds = { minimum: 1 }

/** The gateway's configuration, under Spring Cloud Gateway's names where it has one; durations in ms where not said otherwise. */
export const Config = Type.Object({
  management: Type.Object(
    {
      server: Type.Object(
        {
          port: Type.Integer({
            default: 0,
            minimum: 0,
            maximum: 65_535,
            description: 'Port of the actuator, on loopback only; 0 lets the system choose.',
          }),
        },
        { default: {} },
      ),
    },
    { default: {} },
  ),
  spring: Type.Object({
    cloud: Type.Object({
      gateway: Type.Object({
        server: Type.Object({
          webflux: Type.Object({
            routes: Type.Array(Type.Unknown(), { minItems: 1, description: 'See the README for predicates, filters and metadata.' }),
            defaultFilters: Type.Array(Type.Unknown(), { default: [], description: 'Filters that every route gets, before its own.' }),
            httpclient: Type.Object(
              {
                connectTimeout: Type.Integer({
                  default: 2000,
                  ...Milliseconds,
                  description: 'Longest wait for a connection to an instance, ms.',
                }),
                responseTimeout: Type.String({
                  default: '30s',
                  pattern: '^\\d+(ms|s|m)?$',
                  description: 'Longest wait for the head of an answer; routes may say otherwise in metadata.',
                }),
                pool: Type.Object(
                  {
                    maxConnections: Type.Integer({ default: 64, minimum: 1, maximum: 10_000, description: 'Connections to one instance.' }),
                  },
                  { default: {} },
                ),
              },
              { default: {} },
            ),
          }),
        }),
      }),
    }),
  }),
  gateway: Type.Object(
    {
      maxBodyBytes: Type.Integer({ default: 1_048_576, minimum: 1, description: 'Largest request body where a route has no RequestSize.' }),
      maxBufferedBytes: Type.Integer({
        default: 65_536,
        minimum: 0,
        description: 'Request bodies up to this size are collected, not streamed.',
      }),
      maxInFlight: Type.Integer({ default: 512, minimum: 1, description: 'Requests given to one instance at a time; more get 503.' }),
      maxConnections: Type.Integer({ default: 12_000, minimum: 1, description: 'Connections of clients; more are closed at once.' }),
      headersTimeoutMs: Type.Integer({ default: 10_000, ...Milliseconds }),
      requestTimeoutMs: Type.Integer({ default: 60_000, ...Milliseconds }),
      keepAliveTimeoutMs: Type.Integer({ default: 65_000, ...Milliseconds }),
      bodyTimeoutMs: Type.Integer({ default: 60_000, ...Milliseconds, description: 'Longest silence within the body of an answer.' }),
      stallTimeoutMs: Type.Integer({ default: 30_000, ...Milliseconds, description: 'How long a client may take nothing of its answer.' }),
      stopGraceMs: Type.Integer({
        default: 5000,
        minimum: 0,
        description: 'How long running requests may take to end when the gateway stops.',
      }),
      sockets: Type.Object(
        {
          max: Type.Integer({ default: 10_000, minimum: 1, description: 'WebSockets open at a time.' }),
          maxPerUser: Type.Integer({ default: 20, minimum: 1 }),
          idleTimeoutMs: Type.Integer({
            default: 120_000,
            ...Milliseconds,
            description: 'A socket with no byte in either direction for so long is closed.',
          }),
          stopGraceMs: Type.Integer({
            default: 500,
            minimum: 0,
            description: 'How long open sockets may take to close when the gateway stops.',
          }),
        },
        { default: {} },
      ),
    },
    { default: {} },
  ),
})
export type Config = Static<typeof Config>
