import { runService } from '@order-flow/service-kit'
import { Config, createApp, name } from './app.ts'

await runService({ name, Config, createApp })
