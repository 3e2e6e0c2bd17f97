import { startRegistry } from '../../eureka-server/test/start-registry.ts'
import { freePort, startProgram } from './programs.ts'

/** A registry that runs. */
export interface Registry {
  /** Base URL with a slash at its end. */
  serviceUrl: string
  port: number
  stop(): Promise<unknown>
}

/** A way to get a running registry; `settings` are Spring's names, which both sorts take. */
export interface RegistryKind {
  name: string
  isJava: boolean
  start(settings?: Record<string, unknown>, port?: number): Promise<Registry>
}

// Short times, so that tests need not wait for minutes.
const QUICK = {
  'eureka.server.enable-self-preservation': false,
  'eureka.server.eviction-interval-timer-in-ms': 500,
}

const javaServer: RegistryKind = {
  name: "Java's server",
  isJava: true,
  async start(settings = {}, port) {
    const ownPort = port ?? (await freePort())
    const program = await startProgram(
      'server',
      {
        'spring.application.name': 'eureka',
        'eureka.instance.hostname': '127.0.0.1',
        'eureka.instance.ip-address': '127.0.0.1',
        'eureka.instance.instance-id': 'eureka',
        'eureka.client.register-with-eureka': false,
        'eureka.client.fetch-registry': false,
        // Itself, that is nobody. Without this it would replicate to whatever runs at the usual port.
        'eureka.client.serviceUrl.defaultZone': `http://127.0.0.1:${ownPort}/eureka/`,
        // Answers are read at once, not at the next half minute.
        'eureka.server.use-read-only-response-cache': false,
        'eureka.server.wait-time-in-ms-when-sync-empty': 0,
        ...QUICK,
        ...settings,
      },
      ownPort,
    )
    return { serviceUrl: `${program.url}/eureka/`, port: ownPort, stop: program.stop }
  },
}

const ourServer: RegistryKind = {
  name: 'eureka-server',
  isJava: false,
  start: (settings = {}, port) => startRegistry({ ...QUICK, ...settings, ...(port === undefined ? {} : { 'server.port': port }) }),
}

/** Both sorts: each rule is shown on Java's server first. ORDER_FLOW_TEST_EUREKA=java or =ours picks one. */
export const REGISTRIES: readonly RegistryKind[] = [javaServer, ourServer].filter((kind) => {
  const wanted = process.env.ORDER_FLOW_TEST_EUREKA
  return !wanted || wanted === (kind.isJava ? 'java' : 'ours')
})
export { javaServer, ourServer }
