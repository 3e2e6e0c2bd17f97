import { messageOf } from './errors.ts'
import { withTimeout } from './lifecycle.ts'

/** Resolves (with facts to show, or nothing) when the dependency is usable; rejects with the reason when not. */
export type HealthCheck = () => Promise<Record<string, unknown> | undefined>

export interface HealthReport {
  status: 'UP' | 'DOWN' | 'OUT_OF_SERVICE'
  components: Record<string, { status: 'UP' | 'DOWN'; details?: Record<string, unknown> }>
}

/** What a service knows of its own state, in the terms of Spring Boot's actuator. */
export interface Health {
  /** Adds a dependency that readiness asks for. */
  add(name: string, check: HealthCheck): void
  /** Readiness: every dependency answers, and the service is not stopping. */
  readiness(): Promise<HealthReport>
  /** From now on not ready: nothing new is to be sent here. */
  startStopping(): void
}

const CHECK_TIMEOUT_MS = 2000

/** Makes a health without dependencies. */
export function createHealth(): Health {
  const checks = new Map<string, HealthCheck>()
  let stopping = false

  async function run(check: HealthCheck): Promise<HealthReport['components'][string]> {
    try {
      const details = await withTimeout(check(), CHECK_TIMEOUT_MS, 'No answer')
      return details ? { status: 'UP', details } : { status: 'UP' }
    } catch (error) {
      return { status: 'DOWN', details: { error: messageOf(error) } }
    }
  }

  return {
    add: (name, check) => checks.set(name, check),
    async readiness() {
      const names = [...checks.keys()]
      const states = await Promise.all([...checks.values()].map(run))
      const components = Object.fromEntries(names.map((name, index) => [name, states[index] ?? { status: 'DOWN' as const }]))
      const down = states.some((state) => state.status === 'DOWN')
      return { status: stopping ? 'OUT_OF_SERVICE' : down ? 'DOWN' : 'UP', components }
    },
    startStopping: () => {
      stopping = true
    },
  }
}
