import { ProblemError } from '@order-flow/client'
import type { DeadLetter, DeadLetterList } from '@order-flow/contracts'

/** What operators do with events that a service has given up on, through the gateway. Errors: `ProblemError`. */
export interface Operations {
  deadLetters(service: string): Promise<DeadLetter[]>
  replay(service: string, id: string): Promise<void>
  discard(service: string, id: string): Promise<void>
}

const TIMEOUT_MS = 8000

export function createOperations(gateways: readonly string[], token: () => string): Operations {
  let calls = 0

  async function call(method: string, path: string): Promise<Response> {
    calls += 1
    const response = await fetch(`${gateways[calls % gateways.length]}/api/operations/${path}`, {
      method,
      headers: { authorization: `Bearer ${token()}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch((cause: unknown) => {
      throw new ProblemError({ type: 'about:blank', title: 'No answer', status: 0 }, { cause })
    })
    if (!response.ok) throw new ProblemError({ type: 'about:blank', title: await response.text(), status: response.status })
    return response
  }

  return {
    async deadLetters(service) {
      const response = await call('GET', `${service}/dead-letters`)
      return ((await response.json()) as DeadLetterList).deadLetters // our own service
    },
    async replay(service, id) {
      await call('POST', `${service}/dead-letters/${id}/replay`)
    },
    async discard(service, id) {
      await call('DELETE', `${service}/dead-letters/${id}`)
    },
  }
}
