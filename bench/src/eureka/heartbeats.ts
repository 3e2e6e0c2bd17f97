import { createAsker } from './asker.ts'
import type { Place } from './connection.ts'

const TICK_MS = 10
const CONNECTIONS = 8

/** Sends these heartbeats in turn at a rate, as the instances would; a registry that is late gets fewer. */
export function startHeartbeats(place: Place, heartbeats: readonly Buffer[], perSecond: number): { stop(): void } {
  const askers = Array.from({ length: CONNECTIONS }, () => createAsker(place))
  const idle = [...askers]
  const startedAtMs = performance.now()
  let sent = 0

  function sendDue(): void {
    const due = Math.floor(((performance.now() - startedAtMs) / 1000) * perSecond)
    while (sent < due) {
      const asker = idle.pop()
      const request = heartbeats[sent % heartbeats.length]
      if (!asker || !request) break
      sent += 1
      asker.ask(request).then(
        () => idle.push(asker),
        () => idle.push(asker),
      )
    }
    sent = Math.max(sent, due - CONNECTIONS)
  }

  const timer = setInterval(sendDue, TICK_MS)
  return {
    stop() {
      clearInterval(timer)
      for (const asker of askers) asker.close()
    },
  }
}
