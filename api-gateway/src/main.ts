import { fileURLToPath } from 'node:url'
import { runService } from '@order-flow/service-kit'
import { Config, createApp, name } from './app.ts'

const webDir = process.env.WEB_DIR ?? fileURLToPath(new URL('../../web/dist', import.meta.url))
await runService({ name, Config, createApp: (service) => createApp(service, { webDir }) })
