import { type Static, Type } from 'typebox'

const SECOND = 1000
const MINUTE = 60 * SECOND

/** Settings of the registry beside the common ones, under Spring's names where it has one. */
export const Config = Type.Object({
  eureka: Type.Object({
    server: Type.Object(
      {
        enableSelfPreservation: Type.Boolean({ default: true, description: 'Evict nobody while too many fall silent at once.' }),
        renewalPercentThreshold: Type.Number({ default: 0.85, minimum: 0, maximum: 1, description: 'Share of instances to be heard.' }),
        selfPreservationMaxMs: Type.Integer({
          default: 15 * MINUTE,
          minimum: 0,
          description: 'After so long the silent ones are given up, if others are heard.',
        }),
        evictionIntervalTimerInMs: Type.Integer({ default: SECOND, minimum: 10, description: 'Pause between looks for ended leases, ms.' }),
        disableDelta: Type.Boolean({ default: false, description: 'Answer 403 to apps/delta, so that clients fetch everything.' }),
        retentionTimeInMSInDeltaQueue: Type.Integer({ default: 3 * MINUTE, minimum: SECOND, description: 'How long a change is told.' }),
        responseCacheUpdateIntervalMs: Type.Integer({ default: 0, minimum: 0, description: 'How old what is listed may be.' }),
        maxInstances: Type.Integer({ default: 100_000, minimum: 1, description: 'Registrations beyond this many are refused.' }),
        maxInstancesPerApplication: Type.Integer({ default: 10_000, minimum: 1, description: 'The same for one application.' }),
        maxWatchers: Type.Integer({ default: 10_000, minimum: 0, description: 'Open streams and waiting requests for changes.' }),
      },
      { default: {} },
    ),
  }),
})
export type Config = Static<typeof Config>
