import { type Static, Type } from 'typebox'

/** Settings of the registry beside the common ones, under Spring's names where it has one. */
export const Config = Type.Object({
  eureka: Type.Object({
    server: Type.Object(
      {
        evictionIntervalTimerInMs: Type.Integer({ default: 1000, minimum: 10, description: 'Pause between looks for ended leases, ms.' }),
        maxInstances: Type.Integer({ default: 10_000, minimum: 1, description: 'Registrations beyond this many are refused.' }),
      },
      { default: {} },
    ),
  }),
})
export type Config = Static<typeof Config>
