import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createLogger, messageOf, openService } from '@order-flow/service-kit'
import { Config, createApp, name } from './app.ts'

const { values } = parseArgs({
  options: { config: { type: 'string' }, port: { type: 'string' }, data: { type: 'string' }, web: { type: 'string' } },
})
const port = values.port ?? process.env.SERVER_PORT

try {
  const service = await openService(name, Config, {
    configServerUrl: values.config ?? process.env.CONFIG_SERVER_URL ?? 'http://127.0.0.1:8888',
    dataDir: values.data ?? process.env.DATA_DIR ?? 'data',
    profile: process.env.SPRING_PROFILES_ACTIVE ?? 'default',
    version: process.env.npm_package_version ?? 'dev',
    logger: createLogger(process.env.LOG_LEVEL ?? 'info'),
    overrides: port === undefined ? {} : { server: { port } },
  })
  const app = createApp(service, { webDir: values.web ?? fileURLToPath(new URL('../../web/dist', import.meta.url)) })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => app.stop().then(() => process.exit(0), fail))
  await app.start()
} catch (error) {
  fail(error)
}

function fail(error: unknown): never {
  console.error(messageOf(error))
  process.exit(1)
}
