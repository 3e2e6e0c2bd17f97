import { type Static, Type } from 'typebox'

const DAY_SECONDS = 86_400

function seconds(value: number, maximum: number, description: string) {
  return Type.Integer({ default: value, minimum: 1, maximum, description })
}

function count(value: number, description: string) {
  return Type.Integer({ default: value, minimum: 1, maximum: 1_000_000, description })
}

/** identity-service's own keys; everything has a default. */
export const Config = Type.Object({
  cookies: Type.Object(
    { secure: Type.Boolean({ default: false, description: 'Cookies only over https; needed as soon as browsers come over https.' }) },
    { default: {} },
  ),
  tokens: Type.Object(
    {
      accessSeconds: seconds(900, DAY_SECONDS, 'Life of an access token.'),
      refreshSeconds: seconds(30 * DAY_SECONDS, 400 * DAY_SECONDS, 'A session ends when it has not been refreshed for so long.'),
      refreshGraceSeconds: Type.Integer({
        default: 10,
        minimum: 0,
        maximum: 60,
        description: 'A refresh token may be used again for so long, with the same outcome (two tabs at once, a lost answer).',
      }),
      maxSessionsPerAccount: count(50, 'One more sign-in ends the oldest session of the account.'),
    },
    { default: {} },
  ),
  keys: Type.Object(
    {
      rotateAfterDays: Type.Number({ default: 30, exclusiveMinimum: 0, maximum: 3650, description: 'How long one key signs.' }),
      publishAheadHours: Type.Number({
        default: 24,
        exclusiveMinimum: 0,
        maximum: 720,
        description: 'How long a key is published before it signs.',
      }),
    },
    { default: {} },
  ),
  passwords: Type.Object(
    {
      maxConcurrent: Type.Integer({ default: 2, minimum: 1, maximum: 64, description: 'Hashes computed at once; each takes 19 MiB.' }),
      maxWaiting: count(100, 'Hashes that may wait; one more is answered with 503.'),
    },
    { default: {} },
  ),
  limits: Type.Object(
    {
      failuresPerAccount: count(5, 'Failed sign-ins for one e-mail address from one source before it slows down.'),
      failuresPerSource: count(50, 'Failed sign-ins from one source, for whatever addresses, before it slows down.'),
      firstPauseSeconds: seconds(30, DAY_SECONDS, 'Pause after that many failures; each further failure doubles it.'),
      maxPauseSeconds: seconds(900, DAY_SECONDS, 'Longest pause.'),
      forgetFailuresSeconds: seconds(3600, 7 * DAY_SECONDS, 'Failures are forgotten so long after the first.'),
      registrationsPerSource: count(100, 'Registrations that one source may try within the window.'),
      registrationWindowSeconds: seconds(3600, 7 * DAY_SECONDS, 'The window for registrations.'),
      maxKeys: count(20_000, 'Addresses and sources remembered for each limit; the longest unused is forgotten first.'),
    },
    { default: {} },
  ),
})
export type Config = Static<typeof Config>
