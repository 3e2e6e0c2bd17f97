/** Gets the data of each event, and its kind. */
export type OnEvent = (kind: string, data: string) => void

const EVENT_END = '\n\n'

/**
 * Reads server-sent events as our registry writes them (one `data:` line each), from text in parts of any size. The data of
 * a snapshot is passed over, which may be as long as the registry is large: `onEvent` gets it empty.
 */
export function createEventParser(onEvent: OnEvent): (text: string) => void {
  let pending = ''
  let isPassing = false

  function take(block: string): void {
    const kind = /^event: (.*)$/m.exec(block)?.[1]
    if (kind === undefined) return // a comment, or how long to wait before connecting again
    onEvent(kind, kind === 'snapshot' ? '' : block.slice(block.indexOf('\ndata: ') + '\ndata: '.length))
  }

  return (text) => {
    pending += text
    for (let end = pending.indexOf(EVENT_END); end >= 0; end = pending.indexOf(EVENT_END)) {
      take(isPassing ? SNAPSHOT : pending.slice(0, end))
      isPassing = false
      pending = pending.slice(end + EVENT_END.length)
    }
    isPassing ||= pending.includes(SNAPSHOT)
    // The last character may be the first half of the event's end.
    if (isPassing) pending = pending.slice(-1)
  }
}

const SNAPSHOT = 'event: snapshot\n'
