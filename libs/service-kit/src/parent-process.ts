import type { ErrorCode } from './errors.ts'

/** What a service's process tells the process that started it, when that one asked for a channel (`ipc`). */
export type ProcessMessage =
  | { type: 'ready'; url: string }
  /** Something it needs cannot be used yet; it goes on trying. */
  | { type: 'waiting'; reason: string }
  /** It cannot start and ends. */
  | { type: 'failed'; code: ErrorCode; message: string; problem: string }

/** Resolves when the message is on its way; at once when nobody listens. Never rejects. */
export function tellParent(message: ProcessMessage): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected) return resolve()
    process.send?.(message, undefined, undefined, () => resolve())
  })
}

const LOOK_EVERY_MS = 500

/** Calls back when the process that started this one is gone, however it ended. */
export function onParentGone(listener: () => void): void {
  if (process.channel) process.once('disconnect', listener)
  // npm gives a signal to the shell that it has started, and not every shell passes it on before it ends.
  else if (process.env.npm_lifecycle_event) watchParent(listener)
}

function watchParent(listener: () => void): void {
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    listener()
  }, LOOK_EVERY_MS).unref()
}
