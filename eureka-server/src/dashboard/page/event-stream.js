/** @typedef {{ id: string, event: string, data: string }} StreamEvent */

/**
 * What the stream is doing. `lost`: it was cut or never came; `busy`: the registry has no room for it; `refused`: it wants
 * a sign-in. All but `live` and `connecting` are tried again.
 * @typedef {'connecting' | 'live' | 'lost' | 'busy' | 'refused'} StreamState
 */

const RETRY_MS = 2000
/** The registry says something every 15 s; one that is silent for so long is gone, even where the connection is not. */
const SILENCE_MS = 45_000

/**
 * Follows the registry's changes. Not an EventSource: that one does not say that nothing has come for long, why it was
 * refused, and cannot sign in.
 * @param {object} parts
 * @param {URL} parts.url
 * @param {() => { headers: Record<string, string>, credentials: RequestCredentials }} parts.options who asks
 * @param {(event: StreamEvent) => void} parts.onEvent
 * @param {(state: StreamState) => void} parts.onState
 */
export function followStream({ url, options, onEvent, onState }) {
  let lastId = ''
  let abort = new AbortController()
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let retry

  async function connect() {
    clearTimeout(retry)
    abort.abort()
    const connection = new AbortController()
    abort = connection
    const state = await readUntilEnd(connection).catch(() => /** @type {StreamState} */ ('lost'))
    // Another connection has taken its place.
    if (abort !== connection) return
    onState(state)
    retry = setTimeout(connect, RETRY_MS)
  }

  /**
   * @param {AbortController} connection
   * @returns {Promise<StreamState>}
   */
  async function readUntilEnd(connection) {
    let silence = setTimeout(() => connection.abort(), SILENCE_MS)
    try {
      const { headers, credentials } = options()
      const sent = { ...headers, accept: 'text/event-stream', ...(lastId === '' ? {} : { 'last-event-id': lastId }) }
      const answer = await fetch(url, { headers: sent, credentials, signal: connection.signal, cache: 'no-store' })
      if (!answer.ok || !answer.body) return stateOf(answer.status)
      onState('live')
      const parser = createEventParser((event) => {
        lastId = event.id
        onEvent(event)
      })
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return 'lost'
        clearTimeout(silence)
        silence = setTimeout(() => connection.abort(), SILENCE_MS)
        parser(value)
      }
    } finally {
      clearTimeout(silence)
    }
  }

  onState('connecting')
  void connect()
  return {
    /** Connects anew at once, for example after a sign-in. */
    reconnect: () => void connect(),
  }
}

/**
 * @param {number} status
 * @returns {StreamState}
 */
function stateOf(status) {
  if (status === 503) return 'busy'
  return status === 401 || status === 403 ? 'refused' : 'lost'
}

/**
 * Takes the text of server-sent events piece by piece (HTML standard, section 9.2; what this registry sends of it).
 * @param {(event: StreamEvent) => void} onEvent
 * @returns {(text: string) => void}
 */
export function createEventParser(onEvent) {
  /** Of a block that has no end yet. @type {string[]} */
  let pieces = []
  let endsInBreak = false

  return (text) => {
    if (text === '') return
    const hasEnd = text.includes('\n\n') || (endsInBreak && text.startsWith('\n'))
    endsInBreak = text.endsWith('\n')
    pieces.push(text)
    // A large snapshot comes in many pieces; they are looked through once.
    if (!hasEnd) return
    const blocks = pieces.join('').split('\n\n')
    pieces = [blocks.pop() ?? '']
    for (const block of blocks) {
      const event = parseBlock(block)
      if (event) onEvent(event)
    }
  }
}

/**
 * @param {string} block
 * @returns {StreamEvent | undefined}
 */
function parseBlock(block) {
  /** @type {Map<string, string>} */
  const fields = new Map()
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':')
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1).replace(/^ /, ''))
  }
  const data = fields.get('data')
  return data === undefined ? undefined : { id: fields.get('id') ?? '', event: fields.get('event') ?? 'message', data }
}
