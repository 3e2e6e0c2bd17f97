import { type Static, Type } from 'typebox'

/** What start-distributed.ts is to start, as JSON. */
export const StartOrder = Type.Object({
  broker: Type.Union([Type.Literal('rabbitmq'), Type.Literal('kafka')]),
  brokerUrl: Type.String(),
  /** As an administrator. */
  databaseUrl: Type.String(),
  dataDir: Type.String(),
  instances: Type.Record(Type.String(), Type.Integer()),
  /** First part of every name on the message queue. */
  namespace: Type.String(),
  /** Written when all is ready. */
  readyFile: Type.String(),
})
export type StartOrder = Static<typeof StartOrder>
