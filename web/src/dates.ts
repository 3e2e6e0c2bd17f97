/** A time (ISO 8601) as a date with hours and minutes, in the reader's own zone. */
export function formatDateTime(iso: string, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso))
}

/** Hours, minutes and seconds, for events that follow one another quickly. */
export function formatClock(iso: string, language: string): string {
  return new Intl.DateTimeFormat(language, { timeStyle: 'medium' }).format(new Date(iso))
}

/** Today's times as hours and minutes, others as a short date. */
export function formatRecent(iso: string, language: string, now = new Date()): string {
  const at = new Date(iso)
  const options: Intl.DateTimeFormatOptions =
    at.toDateString() === now.toDateString() ? { hour: 'numeric', minute: '2-digit' } : { month: 'short', day: 'numeric' }
  return new Intl.DateTimeFormat(language, options).format(at)
}
