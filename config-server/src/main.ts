import { parseArgs } from 'node:util'
import { createLogger, messageOf } from '@order-flow/service-kit'
import { createApp } from './app.ts'

try {
  const { values } = parseArgs({ options: { repo: { type: 'string' }, port: { type: 'string' }, eureka: { type: 'string' } } })
  const app = createApp({
    repoDir: values.repo ?? process.env.CONFIG_REPO ?? 'config-repo',
    host: process.env.SERVER_ADDRESS ?? '127.0.0.1',
    port: Number(values.port ?? process.env.SERVER_PORT ?? 8888),
    logger: createLogger(process.env.LOG_LEVEL ?? 'info'),
    version: process.env.npm_package_version ?? 'dev',
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => app.stop().then(() => process.exit(0), fail))
  await app.start()
  const eurekaUrl = values.eureka ?? process.env.EUREKA_CLIENT_SERVICEURL_DEFAULTZONE
  if (eurekaUrl) await app.register(eurekaUrl)
} catch (error) {
  fail(error)
}

function fail(error: unknown): never {
  console.error(messageOf(error))
  process.exit(1)
}
