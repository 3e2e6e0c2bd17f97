import { parseArgs } from 'node:util'
import { AppError, advertisedHost, projectVersion, readVariable, runProcess } from '@order-flow/service-kit'
import { createApp, name } from './app.ts'

// It cannot ask itself: its settings are options and the environment alone.
await runProcess(name, async (logger) => {
  const { env } = process
  const { repo, port, eureka } = parseOptions()
  const host = env.SERVER_ADDRESS ?? '127.0.0.1'
  const app = createApp({
    repoDir: repo ?? env.CONFIG_REPO ?? 'config-repo',
    host,
    advertisedHost: advertisedHost(host, env.EUREKA_INSTANCE_HOSTNAME ?? ''),
    port: parsePort(port ?? env.SERVER_PORT ?? '8888'),
    logger,
    version: projectVersion(),
  })
  const url = await app.start()
  const eurekaUrl = eureka ?? readVariable(env, 'EUREKA_URL')
  if (eurekaUrl) await app.register(eurekaUrl)
  return { url, stop: () => app.stop() }
})

function parseOptions() {
  try {
    return parseArgs({ options: { repo: { type: 'string' }, port: { type: 'string' }, eureka: { type: 'string' } } }).values
  } catch (error) {
    throw new AppError('invalid', 'The options are --repo DIR, --port N and --eureka URL.', { cause: error })
  }
}

function parsePort(text: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port
  throw new AppError('invalid', `The port (--port or SERVER_PORT) is a number from 0 to 65535, not "${text}".`)
}
