import { type Static, Type } from 'typebox'

const Live = Type.Object(
  {
    heartbeatMs: Type.Integer({ default: 20_000, minimum: 100, description: 'Pause between pings; a socket is dead after 2 unanswered.' }),
    maxSockets: Type.Integer({ default: 20_000, minimum: 1, description: 'Open sockets of this instance.' }),
    maxSocketsPerUser: Type.Integer({ default: 20, minimum: 1 }),
    maxFrameBytes: Type.Integer({
      default: 16_384,
      minimum: 256,
      description: 'Largest frame a client may send; larger ones close with 1009.',
    }),
    framesPerSecond: Type.Number({ default: 20, exclusiveMinimum: 0, description: 'Frames a client may send, on average.' }),
    frameBurst: Type.Integer({ default: 40, minimum: 1, description: 'Frames a client may send at once; more close with 4429.' }),
    maxBufferedBytes: Type.Integer({
      default: 262_144,
      minimum: 1024,
      description: 'Unsent bytes at which a slow socket is closed (4408).',
    }),
    catchUpMs: Type.Integer({
      default: 3000,
      minimum: 50,
      description: 'Pause between comparisons of followed topics with a feed that other instances write to.',
    }),
    resumePageRows: Type.Integer({ default: 500, minimum: 1, maximum: 5000, description: 'Events read from the feed at once.' }),
    resumeStallMs: Type.Integer({ default: 30_000, minimum: 100, description: 'How long a resuming client may read nothing (4408).' }),
  },
  { default: {} },
)

const Feed = Type.Object(
  {
    retentionDays: Type.Number({ default: 90, exclusiveMinimum: 0, description: 'How long notifications and offsets can be resumed.' }),
    sweepEveryMs: Type.Integer({ default: 3_600_000, minimum: 1000, description: 'Pause between removals of old rows.' }),
  },
  { default: {} },
)

const Chat = Type.Object(
  {
    messagesPer10Seconds: Type.Integer({ default: 10, minimum: 1, description: 'Messages one user may send.' }),
    conversationsPerHour: Type.Integer({ default: 10, minimum: 1, description: 'Conversations one customer may open.' }),
  },
  { default: {} },
)

/** The service's own keys; the common ones are service-kit's. */
export const Config = Type.Object({ live: Live, feed: Feed, chat: Chat })
export type Config = Static<typeof Config>
export type LiveConfig = Config['live']
export type ChatConfig = Config['chat']
