import type { FeedBounds } from '../feed-store.ts'

/**
 * How far one subscription is. `sent`: the last offset that went out; `known`: the highest that is known to be
 * committed. While `reading`, events come from the feed and pushes only raise `known`: whatever is pushed has been
 * committed before, so the reading will meet it. So nothing is queued, however long a resume takes.
 */
export interface Progress {
  sent: number
  known: number
  reading: boolean
}

/** What `known` counts from while the topic's bounds are being asked for. */
export const STARTING: Progress = { sent: 0, known: 0, reading: true }

/** The progress after `subscribe`, and whether what the client has missed is not there any more. */
export function startFrom(
  progress: Progress,
  after: number | undefined,
  { head, oldest }: FeedBounds,
): { progress: Progress; gap: boolean } {
  const known = Math.max(progress.known, head)
  const gap = after !== undefined && (after > head || after < oldest - 1)
  const sent = after === undefined || gap ? head : after
  return { progress: { sent, known, reading: sent < known }, gap }
}

/** What to do with a pushed event: pass it on, leave it to the reading, begin to read (there is a hole before it), or nothing. */
export type PushVerdict = 'send' | 'leave' | 'read' | 'drop'

/** Judges a push. Pushes may come late, twice or out of order; the feed is what counts. */
export function onPush(progress: Progress, offset: number): { progress: Progress; verdict: PushVerdict } {
  if (offset <= progress.sent) return { progress, verdict: 'drop' }
  const known = Math.max(progress.known, offset)
  if (progress.reading) return { progress: { ...progress, known }, verdict: 'leave' }
  if (offset === progress.sent + 1) return { progress: { sent: offset, known, reading: false }, verdict: 'send' }
  return { progress: { ...progress, known, reading: true }, verdict: 'read' }
}

/** Takes a page's next event: to be sent, or there is a hole before it (swept, or read amiss). */
export function onRead(progress: Progress, offset: number): { progress: Progress; hole: boolean } {
  if (offset !== progress.sent + 1) return { progress, hole: true }
  return { progress: { ...progress, sent: offset, known: Math.max(progress.known, offset) }, hole: false }
}

/** A page that was read. `knownWhenAsked`: the progress's `known` when it was asked for. */
export interface ReadPage {
  rows: number
  limit: number
  knownWhenAsked: number
}

/** After a page: read on, go live, or admit that events which were there before the page was asked for are gone. */
export function afterPage(progress: Progress, page: ReadPage): { progress: Progress; next: 'read' | 'live' | 'gap' } {
  if (page.rows === 0 && progress.sent < page.knownWhenAsked) return { progress, next: 'gap' }
  if (page.rows === page.limit || progress.sent < progress.known) return { progress, next: 'read' }
  return { progress: { ...progress, reading: false }, next: 'live' }
}
