import { type Static, Type } from 'typebox'
import { SecurityConfig, SpringSecurityConfig } from './guard/security-config.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND

/** Settings of the registry beside the common ones, under Spring's names where it has one. */
export const Config = Type.Object({
  eureka: Type.Object({
    client: Type.Object(
      {
        registerWithEureka: Type.Optional(
          Type.Boolean({ description: 'List this server among the instances. Default: when it has peers.' }),
        ),
        fetchRegistry: Type.Boolean({ default: true, description: 'Copy what a peer knows at the start.' }),
      },
      { default: {} },
    ),
    instance: Type.Object({ appname: Type.String({ default: 'eureka-server', minLength: 1 }) }, { default: {} }),
    server: Type.Object(
      {
        compatibility: Type.Union([Type.Literal('order-flow'), Type.Literal('netflix')], {
          default: 'order-flow',
          description: "netflix: leases, eviction, self-preservation and caches with the original's timing.",
        }),
        durable: Type.Boolean({ default: true, description: 'Keep the registry in the data folder.' }),
        enableSelfPreservation: Type.Boolean({ default: true, description: 'Evict nobody while too many fall silent at once.' }),
        renewalPercentThreshold: Type.Number({ default: 0.85, minimum: 0, maximum: 1, description: 'Share of instances to be heard.' }),
        selfPreservationMaxMs: Type.Integer({
          default: 15 * MINUTE,
          minimum: 0,
          description: 'After so long the silent ones are given up, if others are heard.',
        }),
        expectedClientRenewalIntervalSeconds: Type.Number({ default: 30, exclusiveMinimum: 0, description: 'netflix only.' }),
        evictionIntervalTimerInMs: Type.Optional(
          Type.Integer({ minimum: 10, description: 'Pause between looks for ended leases. Default: 1000; netflix: 60000.' }),
        ),
        disableDelta: Type.Boolean({ default: false, description: 'Answer 403 to apps/delta, so that clients fetch everything.' }),
        retentionTimeInMSInDeltaQueue: Type.Integer({ default: 3 * MINUTE, minimum: SECOND, description: 'How long a change is told.' }),
        responseCacheUpdateIntervalMs: Type.Optional(
          Type.Integer({ minimum: 0, description: 'How old what is listed may be. Default: 0; netflix: 30000.' }),
        ),
        maxInstances: Type.Integer({ default: 100_000, minimum: 1, description: 'Registrations beyond this many are refused.' }),
        maxInstancesPerApplication: Type.Integer({ default: 10_000, minimum: 1, description: 'The same for one application.' }),
        maxWatchers: Type.Integer({ default: 10_000, minimum: 0, description: 'Open streams and waiting requests for changes.' }),
        maxWatcherLagMs: Type.Integer({ default: 30 * SECOND, minimum: 10, description: 'Who does not read for so long is cut off.' }),
        myUrl: Type.String({
          default: '',
          description: 'The address among the peers that is this server. Default: found by host and port.',
        }),
        peerNodeReadTimeoutMs: Type.Integer({ default: 5 * SECOND, minimum: 10, description: 'Longest wait for a peer.' }),
        maxElementsInPeerReplicationPool: Type.Integer({ default: 100_000, minimum: 1, description: 'Changes that wait for a peer.' }),
        maxTimeForReplication: Type.Integer({
          default: 30 * SECOND,
          minimum: SECOND,
          description: 'A change that a peer does not take for so long is dropped, except overrides.',
        }),
        security: SecurityConfig,
      },
      { default: {} },
    ),
    dashboard: Type.Object(
      {
        enabled: Type.Boolean({ default: true, description: 'Serve the dashboard.' }),
        path: Type.String({
          default: '/',
          // Those two are taken.
          pattern: '^/(?!(?:eureka|actuator)(?:/|$))(?:[\\w.-]+/?)*$',
          description: 'Where the dashboard is.',
        }),
      },
      { default: {} },
    ),
    environment: Type.String({ default: 'test', description: 'What the dashboard says where it is.' }),
    datacenter: Type.String({ default: 'default', description: 'The same, of the data centre.' }),
  }),
  spring: Type.Object({ security: SpringSecurityConfig }, { default: {} }),
})
export type Config = Static<typeof Config>

export type ServerSettings = Config['eureka']['server']

/** What the compatibility mode decides where nothing else is said, ms. */
export function timingOf({ compatibility, evictionIntervalTimerInMs, responseCacheUpdateIntervalMs }: ServerSettings) {
  const isNetflix = compatibility === 'netflix'
  return {
    evictionIntervalMs: evictionIntervalTimerInMs ?? (isNetflix ? MINUTE : SECOND),
    responseCacheMs: responseCacheUpdateIntervalMs ?? (isNetflix ? 30 * SECOND : 0),
  }
}
