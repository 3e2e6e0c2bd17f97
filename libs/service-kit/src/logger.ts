import { type DestinationStream, type Logger, pino } from 'pino'

export type { Logger } from 'pino'

/**
 * A JSON logger: one line per event, an event name and fields; each service adds its name by `child`. Members that could hold a secret are removed, whoever
 * logs them by mistake.
 */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    // Top level only: paths with wildcards cost five times the rest of a line.
    redact: { paths: ['password', 'token', 'authorization', 'cookie', 'email'], remove: true },
  }
  return destination ? pino(options, destination) : pino(options)
}

/** A logger that says nothing, for tests. */
export const silentLogger: Logger = pino({ level: 'silent' })
