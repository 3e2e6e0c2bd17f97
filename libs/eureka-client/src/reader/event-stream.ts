/** One event of a stream of server-sent events. */
export interface ServerEvent {
  type: string
  data: string
  /** The last id told so far; undefined before the first. */
  id?: string
}

/** Reads server-sent events from pieces of text, cut anywhere. */
export interface EventStreamReader {
  /** Takes the next piece. Errors: a plain Error when an event is larger than the bound. */
  take(piece: string): void
}

export interface EventStreamOptions {
  onEvent(event: ServerEvent): void
  /** How long the server wants to be left alone before a reconnection, ms. */
  onRetry(retryMs: number): void
  /** Bound of one event, in characters. */
  maxEventLength: number
}

/** Makes a reader of the format in the HTML standard, section "Server-sent events". */
export function createEventStreamReader({ onEvent, onRetry, maxEventLength }: EventStreamOptions): EventStreamReader {
  // A large event comes in many pieces: they are joined once, at the line's end, as joining at each would cost the square.
  let unfinished: string[] = []
  let unfinishedLength = 0
  let isFirst = true
  let endedInCr = false
  let type = ''
  let data: string[] = []
  let dataLength = 0
  let id: string | undefined

  function line(text: string): void {
    if (text === '') {
      dispatch()
      return
    }
    const colon = text.indexOf(':')
    if (colon === 0) return
    const field = colon < 0 ? text : text.slice(0, colon)
    const value = colon < 0 ? '' : text.slice(text[colon + 1] === ' ' ? colon + 2 : colon + 1)
    takeField(field, value)
  }

  function takeField(field: string, value: string): void {
    if (field === 'event') type = value
    else if (field === 'data') addData(value)
    else if (field === 'id' && !value.includes('\0')) id = value === '' ? undefined : value
    else if (field === 'retry' && /^\d+$/.test(value)) onRetry(Number(value))
  }

  function addData(value: string): void {
    data.push(value)
    dataLength += value.length + 1
    checkLength(dataLength)
  }

  function dispatch(): void {
    const event = { type: type || 'message', data: data.join('\n'), ...(id === undefined ? {} : { id }) }
    const hasData = data.length > 0
    type = ''
    data = []
    dataLength = 0
    if (hasData) onEvent(event)
  }

  function checkLength(length: number): void {
    if (length > maxEventLength) throw new Error(`an event is longer than ${maxEventLength} characters`)
  }

  return {
    take(piece) {
      let text = isFirst ? piece.replace(/^\uFEFF/, '') : piece
      if (piece !== '') isFirst = false
      if (endedInCr && text.startsWith('\n')) text = text.slice(1) // the other half of a CRLF cut in two
      if (piece !== '') endedInCr = text.endsWith('\r')
      const [first = '', ...more] = text.split(/\r\n|\r|\n/)
      unfinished.push(first)
      unfinishedLength += first.length
      checkLength(unfinishedLength + dataLength)
      for (const next of more) {
        line(unfinished.join(''))
        unfinished = [next]
        unfinishedLength = next.length
      }
    },
  }
}
